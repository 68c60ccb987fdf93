"""Probability that a trial ends ahead of given values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._field import Field
from nni_hpo_ext.stopping._regression import normal_score, predict_end

__all__ = ["Outlook"]

Floats = NDArray[np.float64]

_NORMAL = NormalDist()
# Fewest completed trials for a prediction.
_FEWEST = 3
# Width of the kernel over the predictions; see `predict_end`.
_WIDTH = 0.3
# Scaled values are clipped here, about 74 widths from the centre: one may be as large as 1e100.
_FAR = 5.0
# Smallest lead: otherwise a single trial with a wild end would let all others appear hopeless.
_LEAST_LEAD = -5.0
# Relative rounding error of a projection.
_ROUNDING = 1e-9


class Outlook:
    """Predict the end of each objective of a running trial from the completed trials.

    An objective is open once a trial has improved it while running. Others, such as the time or
    the number of weights, are projected to the end of the run at their mean rate. An open one is
    predicted by a regression (`predict_end`) on the score at the step, its rise since half the
    step, and the projected closed objectives: large networks are slower and often better.

    Before the regression, values are centred on the median of the completed trials, divided by
    their interquartile range, passed through the inverse hyperbolic sine and clipped, so that a few
    extreme values do not decide.

    Parameters
    ----------
    field
        The finished trials; only those that completed are used.
    objectives
        Number of objectives.
    """

    def __init__(self, field: Field, objectives: int) -> None:
        self._field = field
        self._open = [False] * objectives
        self._scales = [_Scale()] * objectives

    def learn(self, course: Course) -> None:
        """Record which objectives a finished trial improved."""
        for i, curve in enumerate(course.curves):
            self._open[i] |= bool(curve.marks) and curve.best > curve.marks[0].best

    def rescale(self) -> None:
        """Scale the objectives anew after the field has changed."""
        done = self._field.completed
        self._scales = [_Scale.of(self._field.ends(i)[done]) for i in range(len(self._open))]

    @property
    def order(self) -> list[int]:
        """The objectives, closed ones first; empty if none is open."""
        return sorted(range(len(self._open)), key=self._open.__getitem__) if any(self._open) else []

    def no_better(self, course: Course, objective: int, ends: Floats, epochs: int) -> Floats:
        """Return the probabilities that a trial ends no better than ``ends``, in the same shape.

        0 where it has already reached the value, and everywhere if there is no prediction.

        Parameters
        ----------
        course
            The trial.
        objective
            Index of the objective.
        ends
            The values, as gains.
        epochs
            Number of steps of a full run.
        """
        curve = course.curves[objective]
        if not self._open[objective]:
            own = course.projected(objective, epochs)
            return (ends >= own - _ROUNDING * abs(own)).astype(float)
        if curve.best == -math.inf:
            return np.ones(len(ends))
        found = self._predict(course, objective, epochs)
        if found is None:
            return np.zeros(len(ends))
        z = found.short_of(self._scales[objective](ends))
        return np.where(curve.best >= ends, 0.0, [_NORMAL.cdf(value) for value in z.tolist()])

    def lead(self, course: Course, objective: int, end: float, epochs: int) -> float | None:
        """Return how surely a trial ends ahead of a value, as a normal score.

        The score is the quantile of the normal distribution at the probability, but at least -5.
        The end has Student's t-distribution: with few completed trials, surprises are likelier than
        the normal distribution says. None if there is no prediction. The parameters are those of
        `no_better`, with one value.
        """
        found = self._predict(course, objective, epochs) if self._open[objective] else None
        if found is None:
            return None
        ahead = -float(found.short_of(self._scales[objective](np.array(end))))
        return max(normal_score(ahead, found.trials), _LEAST_LEAD)

    def _predict(self, course: Course, objective: int, epochs: int) -> _Prediction | None:
        field, scale, step = self._field, self._scales[objective], course.steps
        half = max(1, step // 2)
        now, before = (scale(field.scores(objective, s)) for s in (step, half))
        level, earlier = scale(
            np.array([course.score(objective), course.score_at(objective, half)])
        )
        with np.errstate(invalid="ignore"):  # of trials without a usable value
            columns, own = [now, now - before], [level, level - earlier]
        for i in (i for i, is_open in enumerate(self._open) if not is_open):
            columns.append(self._scales[i](field.ends(i)))
            own.append(self._scales[i](np.array(course.projected(i, epochs))))
        features, finals = np.stack(columns, axis=1), scale(field.ends(objective))
        known = field.completed & np.isfinite(features).all(axis=1) & np.isfinite(finals)
        trials = int(known.sum())
        if trials < _FEWEST or not np.isfinite(own).all():
            return None
        mean, std = predict_end(features[known], finals[known], np.array(own), _WIDTH)
        return _Prediction(mean, std, trials)


@dataclass(frozen=True, slots=True)
class _Prediction:
    """The end of a run in the units of the scale, and the number of trials that it rests on."""

    mean: float
    std: float
    trials: int

    def short_of(self, ends: Floats) -> Floats:
        """Return by how many standard deviations the mean falls short of values."""
        return (ends - self.mean) / max(self.std, 1e-9)


@dataclass(frozen=True, slots=True)
class _Scale:
    """A monotonic function that maps most values to [-1, 1] and compresses the others."""

    centre: float = 0.0
    width: float = 1.0

    @classmethod
    def of(cls, values: Floats) -> _Scale:
        finite = values[np.isfinite(values)]
        if not len(finite):
            return cls()
        low, median, high = np.percentile(finite, [25, 50, 75])
        return cls(median, (high - low) or np.ptp(finite) or 1.0)

    def __call__(self, values: Floats) -> Floats:
        return np.clip(np.arcsinh((values - self.centre) / self.width), -_FAR, _FAR)
