"""Acquisition functions and their maximisation over mixed spaces."""

from __future__ import annotations

from nni_hpo_ext.acquisition._hypervolume import (
    HypervolumeImprovement,
    log_expected_hypervolume_improvement,
)
from nni_hpo_ext.acquisition._improvement import (
    confidence_bound,
    log_expected_improvement,
    log_probability_of_improvement,
)
from nni_hpo_ext.acquisition._maximise import Acquisition, Acquisitions, Maximiser, untried
from nni_hpo_ext.acquisition._ray import log_expected_ray_improvement
from nni_hpo_ext.acquisition._search import ModelBasedSearch, space_filling_point, suffice
from nni_hpo_ext.acquisition._subspace import subspace_points

__all__ = [
    "Acquisition",
    "Acquisitions",
    "HypervolumeImprovement",
    "Maximiser",
    "ModelBasedSearch",
    "confidence_bound",
    "log_expected_hypervolume_improvement",
    "log_expected_improvement",
    "log_expected_ray_improvement",
    "log_probability_of_improvement",
    "space_filling_point",
    "subspace_points",
    "suffice",
    "untried",
]
