"""How likely a configuration is to finish, learnt from those that failed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._features import Features

__all__ = ["Feasibility"]

# Weight of the overall success rate against the trials nearby: trials that fail at random, wherever
# they are, must not fence off the space.
_PRIOR_WEIGHT = 2.0
_BANDWIDTH = 0.15


class Feasibility:
    """Share of successes among the trials nearby (Nadaraya-Watson), drawn to the overall share.

    Parameters
    ----------
    features
        How points become columns.
    X
        Points of all ended trials, shape ``(n, d)``.
    succeeded
        Whether each gave a usable value, shape ``(n,)``.
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
