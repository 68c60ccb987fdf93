"""How the best value grew as trials ended."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nni_hpo_ext.study._records import End, TrialRecord
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.types import Objective

__all__ = ["Step", "in_order_of_end", "progress", "reached"]


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


def progress(study: Study, goal: Objective) -> tuple[Step, ...]:
    """Return the best value of an objective after each trial that ended."""
    steps: list[Step] = []
    best = math.nan
    for count, trial in enumerate(in_order_of_end(study), start=1):
        value = reached(trial, goal)
        if trial.end is End.SUCCEEDED and not goal.sign * value >= goal.sign * best:
            best = best if math.isnan(value) else value
        steps.append(Step(trial, count, (trial.ended or 0.0) - study.began, value, best))
    return tuple(steps)


def reached(trial: TrialRecord, goal: Objective) -> float:
    """Return the final value of a trial, or else the best that it reported on its way; or NaN."""
    if goal.name in trial.values:
        return trial.values[goal.name]
    values = [r.values[goal.name] for r in trial.reports if goal.name in r.values]
    return min(values, key=lambda v: goal.sign * v, default=math.nan)
