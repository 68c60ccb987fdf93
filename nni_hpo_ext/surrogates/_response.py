"""What a model is fitted to in place of raw objective values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.types import Objective, Trial

__all__ = ["Response", "losses"]


def losses(trials: Sequence[Trial], objectives: Sequence[Objective]) -> FloatArray:
    """Return the objectives turned to minimisation, NaN where missing; shape ``(n, k)``."""
    nothing = [np.nan] * len(objectives)
    values = np.array([t.values or nothing for t in trials], dtype=float)
    return np.asarray(values * np.array([o.sign for o in objectives]))


class Response:
    """Compresses the bad tail of an objective and standardises it.

    A few very bad trials, such as diverged ones, would otherwise take all of a model's attention.
    Above the median a value grows with the logarithm of its distance, in units of the distance
    from the best to the median; below it stays as it is.

    Parameters
    ----------
    values
        Finite values to be minimised, shape ``(n,)``, n at least 1.
    """

    def __init__(self, values: FloatArray) -> None:
        self._median = float(np.median(values))
        self._spread = self._median - float(values.min()) or 1.0
        compressed = self._compress(values)
        self._mean = float(compressed.mean())
        # A constant objective, up to rounding, is a flat one.
        noise = 1e-12 * max(abs(self._mean), 1e-300)
        std = float(compressed.std())
        self._std = std if std > noise else 1.0

    def __call__(self, values: FloatArray) -> FloatArray:
        """Transform values of shape ``(n,)``; NaN stays NaN."""
        return (self._compress(values) - self._mean) / self._std

    def _compress(self, values: FloatArray) -> FloatArray:
        excess = np.maximum((values - self._median) / self._spread, 0.0)
        tail = self._median + self._spread * np.log1p(excess)
        return np.where(values > self._median, tail, values)
