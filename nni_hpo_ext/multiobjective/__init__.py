"""Pareto dominance and hypervolume; all objectives are minimised here."""

from __future__ import annotations

from nni_hpo_ext.multiobjective._hypervolume import (
    MAX_OBJECTIVES,
    hypervolume,
    improvement_boxes,
)
from nni_hpo_ext.multiobjective._pareto import pareto_mask

__all__ = ["MAX_OBJECTIVES", "hypervolume", "improvement_boxes", "pareto_mask"]
