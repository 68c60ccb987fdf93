"""The trials that can be compared, as points of the unit cube and losses.

Shapes: ``n`` trials, ``d`` dimensions of the flattened search space, ``k`` objectives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.errors import SearchSpaceError
from nni_hpo_ext.experiment import End, Study, TrialRecord
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.types import Objective

__all__ = ["Sample", "make_sample", "reached"]


@dataclass(frozen=True)
class Sample:
    """Trials with a configuration in the search space and at least one value.

    Attributes
    ----------
    space
        The search space.
    trials
        The trials, by number.
    X
        Their points, shape ``(n, d)``.
    active
        Which coordinates belong to a chosen branch, shape ``(n, d)``.
    losses
        What they `reached`, to be minimised, shape ``(n, k)``; NaN where there is nothing.
    completed
        Whether it succeeded, shape ``(n,)``.
    foreign
        Number of trials whose configuration is not in the search space.
    """

    space: SearchSpace
    trials: tuple[TrialRecord, ...]
    X: FloatArray
    active: npt.NDArray[np.bool_]
    losses: FloatArray
    completed: npt.NDArray[np.bool_]
    foreign: int


def reached(trial: TrialRecord, goals: Sequence[Objective], j: int) -> float:
    """Return what a trial has of objective ``j``: its final value, or if stopped its best report.

    A trial that was stopped has something of the first objective alone: its time, say, is no
    measure of its configuration. NaN if there is nothing.
    """
    goal = goals[j]
    if trial.end is End.STOPPED and j > 0:
        return math.nan
    if goal.name in trial.values:
        return trial.values[goal.name]
    values = [r.values[goal.name] for r in trial.reports if goal.name in r.values]
    return min(values, key=lambda v: goal.sign * v, default=math.nan)


def make_sample(study: Study) -> Sample | None:
    """Return the trials that can be compared, None if the search space is unknown or malformed."""
    try:
        space = SearchSpace(study.space)
    except SearchSpaceError:
        return None
    rows, points, foreign = [], [], 0
    for trial in study.trials:
        if trial.params is None or trial.end not in (End.SUCCEEDED, End.STOPPED):
            continue
        try:
            points.append(space.encode(trial.params))
            rows.append(trial)
        except SearchSpaceError:
            foreign += 1
    X = np.array(points).reshape(len(rows), len(space))
    losses = np.array([_losses(t, study.objectives) for t in rows])
    return Sample(
        space=space,
        trials=tuple(rows),
        X=X,
        active=space.active(X),
        losses=losses.reshape(len(rows), len(study.objectives)),
        completed=np.array([t.end is End.SUCCEEDED for t in rows], dtype=bool),
        foreign=foreign,
    )


def _losses(trial: TrialRecord, goals: Sequence[Objective]) -> list[float]:
    return [g.sign * reached(trial, goals, j) for j, g in enumerate(goals)]
