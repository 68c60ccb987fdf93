"""Growth of the hypervolume of the Pareto front."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.multiobjective import MAX_OBJECTIVES, hypervolume, pareto_mask
from nni_hpo_ext.study import End, Study, in_order_of_end

__all__ = ["REFERENCE_TRIALS", "volumes"]

REFERENCE_TRIALS = 10
"""Number of successful trials that fix the reference point and the scale."""


def volumes(study: Study) -> tuple[tuple[int, float, float], ...]:
    """Return (finished trials, seconds, hypervolume) wherever the front grew.

    The reference point is the worst value of each objective among the first `REFERENCE_TRIALS`
    successful trials, and the unit is the box between it and their best values. Later trials move
    neither, so that the hypervolume of a running experiment can only grow. Empty for a single
    objective, for more than four, and with fewer than two successful trials.
    """
    goals = study.objectives
    if not 2 <= len(goals) <= MAX_OBJECTIVES:
        return ()
    rows = [
        (count, (t.ended or 0.0) - study.began, [g.sign * t.values[g.name] for g in goals])
        for count, t in enumerate(in_order_of_end(study), start=1)
        if t.end is End.SUCCEEDED and all(g.name in t.values for g in goals)
    ]
    if len(rows) < 2:
        return ()
    losses = np.array([loss for *_, loss in rows])
    first = losses[:REFERENCE_TRIALS]
    low, high = first.min(axis=0), first.max(axis=0)
    scaled = (losses - high) / np.where(high > low, high - low, 1.0)
    front = np.empty((0, len(goals)))
    grown = []
    for (count, seconds, _), point in zip(rows, scaled, strict=True):
        if len(front) and (front <= point).all(axis=1).any():
            continue
        front = np.vstack([front, point])
        front = front[pareto_mask(front)]
        grown.append((count, seconds, hypervolume(front, np.zeros(len(goals)))))
    return tuple(grown)
