"""Conformance suites and fault injection for NNI tuners and assessors."""

from __future__ import annotations

from nni_hpo_ext.testing._assessors import AssessorConformance
from nni_hpo_ext.testing._case import Case
from nni_hpo_ext.testing._failures import best_with_failures
from nni_hpo_ext.testing._faulty import FaultPlan, InjectedFault, failing_surrogates
from nni_hpo_ext.testing._faulty_tuners import FaultyDiversifiedTuner, FaultyDragonflyTuner
from nni_hpo_ext.testing._malformed import MALFORMED_SPACES
from nni_hpo_ext.testing._spaces import FINITE_SPACES, SPACES
from nni_hpo_ext.testing._suite import build
from nni_hpo_ext.testing._tuners import TunerConformance

__all__ = [
    "FINITE_SPACES",
    "MALFORMED_SPACES",
    "SPACES",
    "AssessorConformance",
    "Case",
    "FaultPlan",
    "FaultyDiversifiedTuner",
    "FaultyDragonflyTuner",
    "InjectedFault",
    "TunerConformance",
    "best_with_failures",
    "build",
    "failing_surrogates",
]
