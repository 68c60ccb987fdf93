"""Every assessor of the package is put through the conformance suite."""

from __future__ import annotations

from typing import Any, ClassVar

from nni_hpo_ext.testing import AssessorConformance


class TestMedianStop(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.MedianStopAssessor"


class TestMedianStopByViziersRule(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.MedianStopAssessor"
    arguments: ClassVar[dict[str, Any]] = {"rule": "median"}


class TestCompoundStop(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.CompoundStopAssessor"


class TestCompoundStopWithKnownEpochs(AssessorConformance):
    assessor_class = "nni_hpo_ext.assessors.CompoundStopAssessor"
    arguments: ClassVar[dict[str, Any]] = {"max_epochs": 20}
