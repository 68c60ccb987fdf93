"""Compute the best value as trials end."""

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
        Number of trials that had ended, including this one.
    seconds
        Time since the start of the study.
    value
        Value that the trial reached; NaN if it reported none that can be used.
    best
        Best value of the trials that had succeeded; NaN before the first.
    """

    trial: TrialRecord
    count: int
    seconds: float
    value: float
    best: float


def in_order_of_end(study: Study) -> list[TrialRecord]:
    """Return the trials that have ended, ordered by end time.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import in_order_of_end, study_of_run
    >>> options = Options("branin", protocol=Protocol(max_trials=5), workers=2)
    >>> study = study_of_run(next(iter(simulate(options))), Path("branin.jsonl"))
    >>> [trial.number for trial in in_order_of_end(study)]
    [0, 1, 2, 4, 3]
    """
    over = [t for t in study.trials if t.end.over and t.ended is not None]
    return sorted(over, key=lambda t: (t.ended or 0.0, t.number))


def progress(study: Study, goal: Objective) -> tuple[Step, ...]:
    """Return the best value of an objective after each trial that ended.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import progress, study_of_run
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> study = study_of_run(run, Path("branin.jsonl"))
    >>> [round(step.best, 1) for step in progress(study, study.objectives[0])]
    [15.3, 15.3, 15.3, 15.3, 9.5]
    """
    steps: list[Step] = []
    best = math.nan
    for count, trial in enumerate(in_order_of_end(study), start=1):
        value = reached(trial, goal)
        if trial.end is End.SUCCEEDED and not goal.sign * value >= goal.sign * best:
            best = best if math.isnan(value) else value
        steps.append(Step(trial, count, (trial.ended or 0.0) - study.began, value, best))
    return tuple(steps)


def reached(trial: TrialRecord, goal: Objective) -> float:
    """Return a trial's final value; without one, its best intermediate value, or NaN.

    Examples
    --------
    >>> from nni_hpo_ext.study import Report, reached
    >>> reports = tuple(Report(i, i, v, {"default": v}) for i, v in enumerate([0.6, 0.8, 0.7]))
    >>> stopped = TrialRecord(0, "job0", End.STOPPED, reports=reports)
    >>> reached(stopped, Objective("default", "maximize"))
    0.8
    """
    if goal.name in trial.values:
        return trial.values[goal.name]
    values = [r.values[goal.name] for r in trial.reports if goal.name in r.values]
    return min(values, key=lambda v: goal.sign * v, default=math.nan)
