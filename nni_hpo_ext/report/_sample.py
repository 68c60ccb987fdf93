"""The comparable trials of a study, as points of the unit cube and losses.

Shapes: ``n`` trials, ``d`` dimensions of the flattened search space, ``k`` objectives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.errors import SearchSpaceError
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.study import End, Study, TrialRecord, reached
from nni_hpo_ext.types import Objective

__all__ = ["Sample", "make_sample"]


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
        Points of the trials, shape ``(n, d)``.
    active
        Which coordinates belong to a chosen branch, shape ``(n, d)``.
    losses
        Objectives to minimise, shape ``(n, k)``; NaN if missing. Of a stopped trial only the first
        objective and those that did not change while it ran, such as the number of weights;
        others, such as the training time, depend on when it was stopped.
    completed
        Whether the trial succeeded, shape ``(n,)``.
    foreign
        Number of trials whose configuration is outside the search space.
    """

    space: SearchSpace
    trials: tuple[TrialRecord, ...]
    X: FloatArray
    active: npt.NDArray[np.bool_]
    losses: FloatArray
    completed: npt.NDArray[np.bool_]
    foreign: int


def make_sample(study: Study) -> Sample | None:
    """Return the comparable trials, None if the search space is unknown or malformed."""
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
    if trial.end is not End.STOPPED:
        return [g.sign * reached(trial, g) for g in goals]
    first, *others = goals
    return [first.sign * reached(trial, first), *(g.sign * _exact(trial, g) for g in others)]


def _exact(trial: TrialRecord, goal: Objective) -> float:
    """Return an objective's value that the stop did not affect, NaN if it may have."""
    if goal.name in trial.values:  # a partial result holds no others
        return trial.values[goal.name]
    reported = {r.values[goal.name] for r in trial.reports if goal.name in r.values}
    return reported.pop() if len(reported) == 1 and len(trial.reports) > 1 else math.nan
