"""Probability that a trial succeeds, estimated from the failures so far."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._features import Features

__all__ = ["Feasibility"]

# Weight of the overall success rate, in trials: random failures must not exclude their
# neighbourhoods.
_PRIOR_WEIGHT = 2.0
_BANDWIDTH = 0.15


class Feasibility:
    """Success rate among nearby trials (Nadaraya-Watson), shrunk towards the overall rate.

    Parameters
    ----------
    features
        Conversion of points to columns.
    X
        Points of all finished trials, shape ``(n, d)``.
    succeeded
        Whether each trial returned a usable value, shape ``(n,)``.

    Examples
    --------
    >>> from nni_hpo_ext.space import SearchSpace
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> X = np.array([[0.1], [0.2], [0.8], [0.9]])
    >>> model = Feasibility(Features(space), X, np.array([True, True, False, False]))
    >>> log_probability = model.log_probability(np.array([[0.15], [0.85]]))
    >>> bool(log_probability[0] > log_probability[1])
    True
    """

    def __init__(self, features: Features, X: FloatArray, succeeded: npt.NDArray[np.bool_]) -> None:
        self._features = features
        self._F = features.transform(X)
        self._succeeded = np.asarray(succeeded, dtype=float)
        self._all = bool(self._succeeded.all())
        self._rate = (self._succeeded.sum() + 1.0) / (len(self._succeeded) + 1.0)
        self._width = _BANDWIDTH * np.sqrt(max(features.n_groups, 1))

    def log_probability(self, X: FloatArray) -> FloatArray:
        """Return the log probability of success at points ``(n, d)``; shape ``(n,)``."""
        if self._all:
            return np.zeros(len(X))
        F = self._features.transform(X)
        r2 = ((F[:, None, :] - self._F[None, :, :]) ** 2).sum(axis=2)
        weight = np.exp(-0.5 * r2 / self._width**2)
        near = weight @ self._succeeded + _PRIOR_WEIGHT * self._rate
        return np.asarray(np.log(near / (weight.sum(axis=1) + _PRIOR_WEIGHT)))
