"""Every tuner of the package is put through the conformance suite."""

from __future__ import annotations

from typing import Any, ClassVar

from nni_hpo_ext.testing import TunerConformance


class TestRandom(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.RandomTuner"


class TestDragonflyOneObjective(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.DragonflyTuner"


class TestDiversified(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.DiversifiedTuner"


class TestGP(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.GPTuner"


class TestForest(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.ForestTuner"


class TestParzen(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.ParzenTuner"
    arguments: ClassVar = {"num_init_evals": 3}


class TestAllArms(TunerConformance):
    """Every arm there is, in turn."""

    tuner_class = "nni_hpo_ext.tuners.DiversifiedTuner"
    arguments: ClassVar = {
        "num_init_evals": 2,
        "arms": [
            *(f"{model}-UCB" for model in ("GP-NM", "RF-LE", "TPE-AUTO")),
            *(f"{model}-PI" for model in ("GP-LE", "RF", "TPE-HLE")),
            "TPE-TPE",
            "RANDOM",
        ],
    }


class TestPublished(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.DiversifiedTuner"
    arguments: ClassVar = {"spec": "SEQ"}


class _TwoObjectives(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.DragonflyTuner"

    def value(self, number: int) -> dict[str, Any]:
        return {"default": float(super().value(number)), "runtime": float(number % 7) ** 9}


class TestDragonflyImprovement(_TwoObjectives):
    arguments: ClassVar = {
        "objectives": {"default": "maximize", "runtime": "minimize"},
        "acquisition": "ehvi",
    }


class TestDragonflyScalarised(_TwoObjectives):
    arguments: ClassVar = {
        "objectives": {"default": "maximize", "runtime": "minimize"},
        "acquisition": "moors",
        "scalarisation": "linear",
    }


class TestDragonflyBandit(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.DragonflyTuner"
    arguments: ClassVar = {"acquisition": "moors"}
