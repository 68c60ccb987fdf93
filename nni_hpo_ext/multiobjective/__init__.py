"""Pareto dominance and hypervolume; all objectives are minimised here."""

from __future__ import annotations

from nni_hpo_ext.multiobjective._hypervolume import hypervolume, improvement_boxes
from nni_hpo_ext.multiobjective._pareto import pareto_mask

__all__ = ["hypervolume", "improvement_boxes", "pareto_mask"]
