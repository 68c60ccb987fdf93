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

__all__ = ["Curve", "mean_curve", "mean_steps"]


@dataclass(frozen=True, slots=True)
class Curve:
    """A mean over the runs of one tuner.

    Attributes
    ----------
    tuner
        Its label.
    times
        Virtual seconds, shape ``(n,)``.
    means
        Mean over the runs, ``(n,)``; NaN while one of them has no completed trial.
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
    steps = [[(t, normalised(r, run.header)) for t, r in regret_steps(run)] for run in runs]
    return Curve(runs[0].header.tuner, times, *mean_steps(steps, times, math.inf))


def mean_steps(
    steps: Sequence[Sequence[tuple[float, float]]], times: FloatArray, before: float
) -> tuple[FloatArray, tuple[Interval | None, ...]]:
    """Average step functions at the times ``(n,)``.

    Parameters
    ----------
    steps
        Of each function (time, value from then on), in order of time.
    times
        Where to look.
    before
        The value before the first step, NaN or infinite.

    Returns
    -------
    ndarray, tuple of interval or None
        Means, ``(n,)``, NaN while a function has no value yet; Student's 95 % intervals.
    """
    values = np.array([_at(of_one, times, before) for of_one in steps])
    reached = np.isfinite(values).all(axis=0)
    means = np.where(reached, np.where(reached, values, 0.0).mean(axis=0), math.nan)
    return means, tuple(mean_interval(column.tolist()) for column in values.T)


def _at(steps: Sequence[tuple[float, float]], times: FloatArray, before: float) -> FloatArray:
    ends = np.array([time for time, _ in steps])
    values = np.array([before, *(value for _, value in steps)])
    return np.asarray(values[np.searchsorted(ends, times, side="right")])
