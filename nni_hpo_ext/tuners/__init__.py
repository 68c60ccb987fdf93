"""NNI tuners, to be named in an experiment's config."""

from __future__ import annotations

from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.tuners._diversified import DiversifiedTuner
from nni_hpo_ext.tuners._dragonfly import DragonflyTuner
from nni_hpo_ext.tuners._evolution import EvolutionTuner
from nni_hpo_ext.tuners._grid import GridTuner
from nni_hpo_ext.tuners._hyperband import BOHBTuner, HyperbandTuner
from nni_hpo_ext.tuners._random import RandomTuner
from nni_hpo_ext.tuners._single_arm import ForestTuner, GPTuner, ParzenTuner

__all__ = [
    "AlgorithmTuner",
    "BOHBTuner",
    "DiversifiedTuner",
    "DragonflyTuner",
    "EvolutionTuner",
    "ForestTuner",
    "GPTuner",
    "GridTuner",
    "HyperbandTuner",
    "ParzenTuner",
    "RandomTuner",
]
