"""Objectives as errors, the scale on which the logarithmic responses are defined."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.types import Objective

__all__ = ["ALPHA", "ErrorScale"]

# Below this error the hybrid response is logarithmic.
ALPHA = 0.3
_PERCENT = 100.0
_TINY = 1e-200


class ErrorScale:
    """Turns an objective into an error: 0 is perfect, smaller is better.

    An accuracy in [0, 1] or in percent becomes 1 minus itself, a minimised value in [0, 1] is one
    already. Other positive losses are scaled so that the median one is `ALPHA`; and what may be
    negative, which has no perfect value, is measured from a little below the best one seen.

    Parameters
    ----------
    losses
        Finite values turned to minimisation, shape ``(n,)``, n at least 1.
    objective
        What they are values of.
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
        """Return errors of losses ``(n,)``; NaN stays NaN."""
        return (losses + self._shift) * self._factor

    def inverse(self, errors: FloatArray) -> FloatArray:
        """Return losses of errors ``(n,)``."""
        return errors / self._factor - self._shift
