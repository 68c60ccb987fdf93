"""Regret over virtual time, averaged over optimisations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nni_hpo_ext.simulate._records import Run
from nni_hpo_ext.simulate._score import normalised, regret_steps
from nni_hpo_ext.simulate._statistics import Interval, mean_interval
from nni_hpo_ext.space import FloatArray

__all__ = ["Curve", "mean_curve"]


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean normalised regret of one tuner.

    Attributes
    ----------
    tuner
        Its label.
    times
        Virtual seconds, shape ``(n,)``.
    means
        Mean over the optimisations, ``(n,)``; NaN while one of them has no completed trial.
    intervals
        Student's 95 % interval at each time, None where there is none.
    """

    tuner: str
    times: FloatArray
    means: FloatArray
    intervals: tuple[Interval | None, ...]


def mean_curve(runs: Sequence[Run], times: FloatArray) -> Curve:
    """Average the regret of one tuner's optimisations at the times ``(n,)``.

    An optimisation that has ended keeps its last regret.
    """
    values = np.array([_at(run, times) for run in runs])
    reached = np.isfinite(values).all(axis=0)
    means = np.where(reached, np.where(reached, values, 0.0).mean(axis=0), math.nan)
    intervals = tuple(mean_interval(column.tolist()) for column in values.T)
    return Curve(runs[0].header.tuner, times, means, intervals)


def _at(run: Run, times: FloatArray) -> FloatArray:
    steps = regret_steps(run)
    ends = np.array([time for time, _ in steps])
    regrets = np.array([math.inf, *(normalised(regret, run.header) for _, regret in steps)])
    return np.asarray(regrets[np.searchsorted(ends, times, side="right")])
