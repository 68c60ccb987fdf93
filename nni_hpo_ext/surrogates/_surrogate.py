"""Interfaces of surrogate models."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._features import Features

__all__ = ["LeaveOneOut", "Surrogate", "SurrogateClass"]


class Surrogate(Protocol):
    """Model of one response, to be minimised, over points of the unit cube."""

    def fit(self, X: FloatArray, y: FloatArray, *, rng: np.random.Generator) -> Self:
        """Fit the model, and return it.

        Parameters
        ----------
        X
            Points of the unit cube, ``(n, d)``, n at least 1.
        y
            Values, ``(n,)``; smaller is better.
        rng
            The only source of randomness.
        """

    def conditioned_on(self, X: FloatArray, y: FloatArray, noise: FloatArray | None = None) -> Self:
        """Return a copy with the same hyperparameters and other data.

        Parameters
        ----------
        X, y
            The data, shapes ``(n, d)`` and ``(n,)``.
        noise
            Variance of each value in addition to the fitted noise, shape ``(n,)``; models without
            a noise term ignore it.
        """

    def with_fantasies(self, X: FloatArray) -> Self:
        """Return a copy that treats points ``(p, d)`` as evaluated, without their values."""

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance at points ``(n, d)``; shapes ``(n,)`` and ``(n,)``."""


@runtime_checkable
class LeaveOneOut(Protocol):
    """Surrogate with leave-one-out predictions."""

    def leave_one_out(self) -> tuple[FloatArray, FloatArray]:
        """Return the leave-one-out mean and variance at each training point; ``(n,)``."""


class SurrogateClass(Protocol):
    """Constructor of a surrogate."""

    def __call__(self, features: Features) -> Surrogate:
        """Return an unfitted model."""
