"""Responses of trials that were stopped or still run, from forecasts of their final values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._response import Response
from nni_hpo_ext.surrogates._surrogate import Surrogate
from nni_hpo_ext.types import Forecasts, Objective

__all__ = ["Data", "forecast_responses", "mean_below"]


@dataclass(frozen=True)
class Data:
    """What a model is conditioned on.

    Attributes
    ----------
    X
        Points of the unit cube, shape ``(n, d)``.
    y
        Responses, shape ``(n,)``; NaN where unknown.
    noise
        Variance of each response in addition to the model's own, shape ``(n,)``.
    """

    X: FloatArray
    y: FloatArray
    noise: FloatArray

    @classmethod
    def of(cls, X: FloatArray, y: FloatArray, predicted: FloatArray) -> Self:
        """Replace responses by predicted ones, mean and variance, ``(n, 2)``, where known."""
        mean, variance = predicted.T
        known = ~np.isnan(mean)
        return cls(X, np.where(known, mean, y), np.where(known, variance, 0.0))

    def and_(self, other: Data) -> Data:
        """Return both in one."""
        return Data(
            np.vstack([self.X, other.X]),
            np.concatenate([self.y, other.y]),
            np.concatenate([self.noise, other.noise]),
        )

    def condition(self, model: Surrogate) -> Surrogate:
        """Condition a fitted model on the known responses."""
        known = ~np.isnan(self.y)
        return model.conditioned_on(self.X[known], self.y[known], self.noise[known])

    def below_bounds(self, model: Surrogate, bounded: npt.NDArray[np.bool_]) -> Data:
        """Replace upper bounds by the mean of a model's prediction below them.

        Parameters
        ----------
        model
            A model conditioned on this data.
        bounded
            Which responses are only bounds, shape ``(n,)``.
        """
        mean, variance = model.predict(self.X[bounded])
        y = self.y.copy()
        y[bounded] = mean_below(y[bounded], mean, np.sqrt(variance))
        return replace(self, y=y)


def forecast_responses(
    forecasts: Sequence[Forecasts], objective: Objective, transform: Response
) -> FloatArray:
    """Return mean and variance of the responses that are predicted; NaN elsewhere.

    Parameters
    ----------
    forecasts
        Those of ``n`` trials.
    objective
        The objective.
    transform
        Its response. The standard deviation is transformed by half the difference of the
        responses one standard deviation above and below the mean.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 2)``.
    """
    found = [f.get(objective.name) for f in forecasts]
    moments = [(np.nan, np.nan) if f is None else (f.mean, f.std) for f in found]
    mean, std = np.array(moments, dtype=float).reshape(-1, 2).T
    loss = objective.sign * mean
    width = (transform.forward(loss + std) - transform.forward(loss - std)) / 2
    return np.stack([transform.forward(loss), width**2], axis=1)


def mean_below(bound: FloatArray, mean: FloatArray, std: FloatArray) -> FloatArray:
    """Return the mean of normal distributions truncated above; all of shape ``(n,)``."""
    z = (bound - mean) / std
    ratio = np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
    return np.asarray(np.minimum(mean - std * ratio, bound))
