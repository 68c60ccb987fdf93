"""Gaussian process averaged over its hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._features import Features
from nni_hpo_ext.surrogates._gp import GaussianProcess

__all__ = ["IntegratedGaussianProcess"]

_N_SAMPLES = 6


class IntegratedGaussianProcess:
    """Mixture of Gaussian processes with hyperparameters drawn from their posterior.

    Draws come from a normal approximation around the maximum of the posterior (Laplace; MacKay
    2003, chapter 27) and have importance weights. Predictions are averaged over the draws, as in
    Snoek, Larochelle and Adams, "Practical Bayesian optimization", NeurIPS 2012, section 3.2,
    whose Markov chains cost many times more.

    Parameters
    ----------
    features
        Conversion of points to columns.

    Examples
    --------
    >>> from nni_hpo_ext.space import SearchSpace
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> X = np.linspace(0.05, 0.95, 10)[:, None]
    >>> gp = IntegratedGaussianProcess(Features(space))
    >>> gp = gp.fit(X, np.sin(6 * X[:, 0]), rng=np.random.default_rng(0))
    >>> mean, variance = gp.predict(np.array([[0.3]]))
    >>> bool(abs(mean[0] - np.sin(1.8)) < 0.05)
    True
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        self._parts: Sequence[GaussianProcess] = ()
        self._weights = np.empty(0)

    def fit(self, X: FloatArray, y: FloatArray, *, rng: np.random.Generator) -> Self:
        """Draw hyperparameters given the data.

        Parameters
        ----------
        X
            Points of the unit cube, ``(n, d)``, n at least 1.
        y
            Values, ``(n,)``; smaller is better.
        rng
            The only source of randomness.
        """
        best = GaussianProcess(self._features).fit(X, y, rng=rng)
        self._parts, self._weights = best.posterior_draws(X, y, _N_SAMPLES, rng=rng)
        return self

    def conditioned_on(self, X: FloatArray, y: FloatArray, noise: FloatArray | None = None) -> Self:
        """Return a copy with the same hyperparameters and other data.

        Parameters
        ----------
        X, y
            The data, shapes ``(n, d)`` and ``(n,)``.
        noise
            Variance of each value in addition to the fitted noise, shape ``(n,)``.
        """
        return self._copy([part.conditioned_on(X, y, noise) for part in self._parts])

    def with_fantasies(self, X: FloatArray) -> Self:
        """Return a copy that is also conditioned on its own mean at points ``(p, d)``."""
        return self._copy([part.with_fantasies(X) for part in self._parts])

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance at points ``(n, d)``; shapes ``(n,)`` and ``(n,)``."""
        F = self._features.transform(X)
        return self._mixture([part.predict_columns(F) for part in self._parts])

    def leave_one_out(self) -> tuple[FloatArray, FloatArray]:
        """Return the leave-one-out mean and variance at each training point; ``(n,)``."""
        return self._mixture([part.leave_one_out() for part in self._parts])

    def _mixture(
        self, moments: Sequence[tuple[FloatArray, FloatArray]]
    ) -> tuple[FloatArray, FloatArray]:
        means, variances = np.array([m for m, _ in moments]), np.array([v for _, v in moments])
        mean = self._weights @ means
        return mean, self._weights @ (variances + (means - mean) ** 2)

    def _copy(self, parts: Sequence[GaussianProcess]) -> Self:
        copy = type(self)(self._features)
        copy._parts, copy._weights = parts, self._weights
        return copy
