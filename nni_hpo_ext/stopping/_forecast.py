"""Prediction of the final value of a trial from its learning curve."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.stopping._curve import Curve, index_of
from nni_hpo_ext.stopping._regression import predict_end
from nni_hpo_ext.stopping._reservoir import Reservoir
from nni_hpo_ext.types import Forecast

__all__ = ["Forecaster"]

# Completed curves that predictions are based on.
_LIMIT = 128
# Fewest of them for a prediction.
_FEWEST = 2


class Forecaster:
    """Predict the best value at the end of a run from a curve's first steps.

    The completed trials show how much their best value improved after a step. That improvement is
    regressed on the best value at the step and on its rise since half the step, and added to the
    best value of the curve in question (`predict_end`).

    Examples
    --------
    >>> forecaster = Forecaster()
    >>> for i in range(10):
    ...     forecaster.add(Curve("maximize", [0.5 + i / 100, 0.6 + i / 100, 0.7 + i / 100]))
    >>> forecast = forecaster.forecast(Curve("maximize", [0.52, 0.62]))
    >>> round(forecast.mean, 2)
    0.72
    """

    def __init__(self) -> None:
        self._reservoir = Reservoir(_LIMIT)
        self._improves = False
        # Of the completed trials: best value at each checkpoint and at the end, and length.
        self._marks = np.full((_LIMIT, 16), np.nan)
        self._ends = np.zeros(_LIMIT)
        self._steps = np.zeros(_LIMIT, int)

    def add(self, curve: Curve) -> None:
        """Learn from a trial that ran to completion."""
        marks = [mark.best for mark in curve.marks]
        self._improves |= bool(marks) and curve.best > marks[0]
        place = self._reservoir.place()
        if place is None:
            return
        while len(marks) > self._marks.shape[1]:
            self._marks = np.hstack([self._marks, np.full_like(self._marks, np.nan)])
        self._marks[place] = np.nan
        self._marks[place, : len(marks)] = marks
        self._ends[place], self._steps[place] = curve.best, curve.steps

    def forecast(self, curve: Curve) -> Forecast | None:
        """Predict the final value of a trial.

        Returns
        -------
        Forecast or None
            None while too few trials have completed, and for values that never improve during a
            run, such as the training time.
        """
        step = curve.steps
        longer = self._steps > step
        if not step or not self._improves or longer.sum() < _FEWEST:
            return None
        now, half = index_of(step), index_of(max(1, step // 2))
        reached, before = self._marks[longer, now], self._marks[longer, half]
        ends, own = self._ends[longer], np.array([curve.best, curve.marks[half].best])
        if not all(np.isfinite(values).all() for values in (reached, before, ends, own)):
            return None
        features = np.stack([reached, reached - before], axis=1)
        x = np.array([own[0], own[0] - own[1]])
        mean, std = predict_end(features, ends, x)
        return Forecast(curve.shown(mean), std)
