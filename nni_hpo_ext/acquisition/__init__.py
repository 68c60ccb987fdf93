"""Acquisition functions and their maximisation over mixed spaces."""

from __future__ import annotations

from nni_hpo_ext.acquisition._hypervolume import (
    HypervolumeImprovement,
    log_expected_hypervolume_improvement,
)
from nni_hpo_ext.acquisition._improvement import log_expected_improvement
from nni_hpo_ext.acquisition._maximise import Maximiser

__all__ = [
    "HypervolumeImprovement",
    "Maximiser",
    "log_expected_hypervolume_improvement",
    "log_expected_improvement",
]
