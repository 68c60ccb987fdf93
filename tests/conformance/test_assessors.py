"""Every assessor of the package is put through the conformance suite."""

from __future__ import annotations

from typing import Any, ClassVar

from nni.assessor import AssessResult

from nni_hpo_ext.assessors import MedianStopAssessor
from nni_hpo_ext.testing import AssessorConformance


class TestMedianStop(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.MedianStopAssessor"


class WithCost(MedianStopAssessor):
    """Hands over what the suite reports as the first of two objectives, the second the same."""

    def assess_trial(self, trial_job_id: str, trial_history: Any) -> AssessResult:
        if isinstance(trial_history, list):
            trial_history = [{"default": v, "cost": s} for s, v in enumerate(trial_history)]
        return super().assess_trial(trial_job_id, trial_history)


class TestMedianStopWithTwoObjectives(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.MedianStopAssessor"

    def make(self, seed: int = 0) -> Any:
        return WithCost(objectives={"default": "maximize", "cost": "minimize"})

    def curve(self, level: float) -> list[float]:
        """Scale the levels up: a trial that reported 1e308 at the same cost dominates others."""
        return [1e95 * value for value in super().curve(level)]


class TestMedianStopByConsensus(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.MedianStopAssessor"
    arguments: ClassVar[dict[str, Any]] = {"rule": "consensus"}


class TestMedianStopByViziersRule(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.MedianStopAssessor"
    arguments: ClassVar[dict[str, Any]] = {"rule": "median"}


class TestCompoundStop(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.CompoundStopAssessor"


class TestCompoundStopWithKnownEpochs(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.CompoundStopAssessor"
    arguments: ClassVar[dict[str, Any]] = {"max_epochs": 20}
