"""Mixtures of Gaussian processes with different hyperparameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._features import Features
from nni_hpo_ext.surrogates._gp import GaussianProcess

__all__ = ["GaussianProcessMixture"]


class GaussianProcessMixture(ABC):
    """Base class of weighted mixtures of Gaussian processes.

    Parameters
    ----------
    features
        Conversion of points to columns.
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        self._parts: Sequence[GaussianProcess] = ()
        self._weights = np.empty(0)

    @abstractmethod
    def _fitted_parts(
        self, X: FloatArray, y: FloatArray, rng: np.random.Generator
    ) -> tuple[Sequence[GaussianProcess], FloatArray]:
        """Return processes conditioned on the data, and weights that sum to 1."""

    def fit(self, X: FloatArray, y: FloatArray, *, rng: np.random.Generator) -> Self:
        """Find the hyperparameters and weights of the parts given the data.

        Parameters
        ----------
        X
            Points of the unit cube, ``(n, d)``, n at least 1.
        y
            Values, ``(n,)``; smaller is better.
        rng
            The only source of randomness.
        """
        self._parts, self._weights = self._fitted_parts(X, y, rng)
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

    def predict_parts(self, X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return weights ``(p,)``, and the means and variances of the parts, both ``(p, n)``."""
        F = self._features.transform(X)
        means, variances = zip(*(part.predict_columns(F) for part in self._parts), strict=True)
        return self._weights, np.array(means), np.array(variances)

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
