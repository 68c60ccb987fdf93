"""Every tuner of the package is put through the conformance suite."""

from __future__ import annotations

from typing import Any, ClassVar

from nni_hpo_ext.testing import TunerConformance


class TestRandom(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.RandomTuner"


class TestDragonflyOneObjective(TunerConformance):
    tuner_class = "nni_hpo_ext.tuners.DragonflyTuner"


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
