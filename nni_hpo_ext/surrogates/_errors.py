"""Conversion of objectives to errors, the scale of the logarithmic responses."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.types import Objective

__all__ = ["ALPHA", "ErrorScale"]

# The hybrid response is logarithmic below this error.
ALPHA = 0.3
_PERCENT = 100.0
_TINY = 1e-200


class ErrorScale:
    """Conversion of losses to errors, where 0 is perfect and smaller is better.

    The error of an accuracy in [0, 1] or in percent is 1 minus the accuracy; a minimised value in
    [0, 1] is already an error. Other positive losses are scaled so that their median is `ALPHA`.
    Losses that may be negative have no perfect value; their zero is a little below the best one.

    Parameters
    ----------
    losses
        Finite values, negated if the objective is maximised; shape ``(n,)``, n at least 1.
    objective
        Their objective.

    Examples
    --------
    >>> accuracy = Objective("accuracy", "maximize")
    >>> losses = np.array([-0.75, -0.5])
    >>> ErrorScale(losses, accuracy)(losses).tolist()
    [0.25, 0.5]
    """

    def __init__(self, losses: FloatArray, objective: Objective) -> None:
        low, high, median = float(losses.min()), float(losses.max()), float(np.median(losses))
        if objective.direction == "maximize" and low >= -1.0 and high <= 0.0:
            self._shift, self._factor = 1.0, 1.0
        elif objective.direction == "maximize" and low >= -_PERCENT and high <= 0.0:
            self._shift, self._factor = _PERCENT, 1.0 / _PERCENT
        elif low >= 0.0 and high <= 1.0:
            self._shift, self._factor = 0.0, 1.0
        elif low >= 0.0:
            self._shift, self._factor = 0.0, ALPHA / median if median > _TINY else 1.0
        else:
            spread = next((s for s in (median - low, high - low) if s > _TINY), 1.0)
            self._shift = 0.1 * spread - low
            self._factor = ALPHA / (1.1 * spread)

    def __call__(self, losses: FloatArray) -> FloatArray:
        """Convert losses ``(n,)`` to errors; NaN stays NaN."""
        return (losses + self._shift) * self._factor

    def inverse(self, errors: FloatArray) -> FloatArray:
        """Convert errors ``(n,)`` to losses."""
        return errors / self._factor - self._shift
