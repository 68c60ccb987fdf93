"""Growth of the hypervolume of the Pareto front."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.multiobjective import MAX_OBJECTIVES, hypervolume, pareto_mask
from nni_hpo_ext.study import End, Study, in_order_of_end

__all__ = ["volumes"]


def volumes(study: Study) -> tuple[tuple[int, float, float], ...]:
    """Return (finished trials, seconds, hypervolume) wherever the front grew.

    The hypervolume is a share of the box between the best and the worst value of each objective
    among all successful trials. Empty for a single objective and for more than four.
    """
    goals = study.objectives
    if not 2 <= len(goals) <= MAX_OBJECTIVES:
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
