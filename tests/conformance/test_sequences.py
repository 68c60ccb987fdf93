"""500 random sequences of NNI's calls for each tuner.

Few initial trials, so that many sequences reach a model.
"""

from __future__ import annotations

from typing import ClassVar

from test_tuners import Ours

from nni_hpo_ext.testing import TunerConformance


class _Sequences(Ours):
    CASES = tuple(c for c in TunerConformance.CASES if c.group == "sequences")
    arguments: ClassVar = {"num_init_evals": 2}
    sequences = 500


class TestRandomSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.RandomTuner"
    arguments: ClassVar = {}


class TestGridSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.GridTuner"
    arguments: ClassVar = {}


class TestEvolutionSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.EvolutionTuner"


class TestDragonflySequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.DragonflyTuner"


class TestDiversifiedSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.DiversifiedTuner"


class TestGPSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.GPTuner"


class TestForestSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.ForestTuner"


class TestHyperbandSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.HyperbandTuner"
    arguments: ClassVar = {"max_budget": 4, "eta": 2}


class TestBOHBSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.BOHBTuner"
    arguments: ClassVar = {"max_budget": 4, "eta": 2}


class TestParzenSequences(_Sequences):
    __test__ = True
    tuner_class = "nni_hpo_ext.tuners.ParzenTuner"
