"""Conformance suites for NNI algorithms, shipped as classes to subclass (needs pytest)."""

from __future__ import annotations

from nni_hpo_ext.testing._assessors import AssessorConformance
from nni_hpo_ext.testing._spaces import FINITE_SPACES, SPACES
from nni_hpo_ext.testing._tuners import TunerConformance

__all__ = ["FINITE_SPACES", "SPACES", "AssessorConformance", "TunerConformance"]
