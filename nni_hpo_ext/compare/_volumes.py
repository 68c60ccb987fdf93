"""Hypervolume of the Pareto front of each run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from nni_hpo_ext.compare._groups import Task
from nni_hpo_ext.multiobjective import MAX_OBJECTIVES, hypervolume
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.study import End, TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["front_volumes"]


def front_volumes(task: Task) -> list[list[float]] | None:
    """Return the hypervolume of the front of each run, for each group.

    It is a share of the box between the best and the worst value of each objective among all
    successful trials of the task. None for a single objective, for more than four, and if the
    objectives differ between runs.
    """
    goals = task.studies[0].objectives
    if not 2 <= len(goals) <= MAX_OBJECTIVES:
        return None
    if any(study.objectives != goals for study in task.studies):
        return None
    losses = _losses((t for study in task.studies for t in study.of(End.SUCCEEDED)), goals)
    if not len(losses):
        return None
    low, high = losses.min(axis=0), losses.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    return [
        [_volume((_losses(study.front, goals) - low) / width) for study in group.studies]
        for group in task.groups
    ]


def _losses(trials: Iterable[TrialRecord], goals: Sequence[Objective]) -> FloatArray:
    """Return the objectives as losses, shape ``(n, k)``, of trials with all of them."""
    rows = [
        [g.sign * t.values[g.name] for g in goals]
        for t in trials
        if all(g.name in t.values for g in goals)
    ]
    return np.array(rows).reshape(len(rows), len(goals))


def _volume(front: FloatArray) -> float:
    return float(hypervolume(front, np.ones(front.shape[1]))) if len(front) else 0.0
