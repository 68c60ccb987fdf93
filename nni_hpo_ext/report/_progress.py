"""How the best value and the front grew as trials ended."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nni_hpo_ext.experiment import End, Study, TrialRecord
from nni_hpo_ext.multiobjective import hypervolume, pareto_mask
from nni_hpo_ext.report._sample import reached

__all__ = ["Step", "in_order_of_end", "progress", "volumes"]

# With more objectives the exact volume takes too long.
_MOST_OBJECTIVES = 4


@dataclass(frozen=True, slots=True)
class Step:
    """The state after a trial ended.

    Attributes
    ----------
    trial
        The trial.
    count
        How many had ended, it included.
    seconds
        Since the start of the study.
    value
        What it reached; NaN if it reported nothing usable.
    best
        The best value of a trial that succeeded so far; NaN before the first.
    """

    trial: TrialRecord
    count: int
    seconds: float
    value: float
    best: float


def in_order_of_end(study: Study) -> list[TrialRecord]:
    """Return the trials that have ended, in the order of their ends."""
    over = [t for t in study.trials if t.end.over and t.ended is not None]
    return sorted(over, key=lambda t: (t.ended or 0.0, t.number))


def progress(study: Study, j: int) -> tuple[Step, ...]:
    """Return the best value of objective ``j`` after each trial that ended."""
    goal = study.objectives[j]
    steps: list[Step] = []
    best = math.nan
    for count, trial in enumerate(in_order_of_end(study), start=1):
        value = reached(trial, study.objectives, j)
        if trial.end is End.SUCCEEDED and not goal.sign * value >= goal.sign * best:
            best = best if math.isnan(value) else value
        steps.append(Step(trial, count, (trial.ended or 0.0) - study.began, value, best))
    return tuple(steps)


def volumes(study: Study) -> tuple[tuple[int, float, float], ...]:
    """Return (trials ended, seconds, hypervolume) wherever the front grew.

    The hypervolume is a share of the box between the best and the worst value of each objective
    among all trials that succeeded. Empty with a single objective, or more than four.
    """
    goals = study.objectives
    if not 2 <= len(goals) <= _MOST_OBJECTIVES:
        return ()
    rows = [
        (count, (t.ended or 0.0) - study.began, [g.sign * t.values[g.name] for g in goals])
        for count, t in enumerate(in_order_of_end(study), start=1)
        if t.end is End.SUCCEEDED and all(g.name in t.values for g in goals)
    ]
    if not rows:
        return ()
    losses = np.array([loss for *_, loss in rows])
    low, high = losses.min(axis=0), losses.max(axis=0)
    scaled = (losses - low) / np.where(high > low, high - low, 1.0)
    front = np.empty((0, len(goals)))
    grown = []
    for (count, seconds, _), point in zip(rows, scaled, strict=True):
        if len(front) and (front <= point).all(axis=1).any():
            continue
        front = np.vstack([front, point])
        front = front[pareto_mask(front)]
        grown.append((count, seconds, hypervolume(front, np.ones(len(goals)))))
    return tuple(grown)
