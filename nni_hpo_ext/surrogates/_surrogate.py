"""What every surrogate model can do."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._features import Features

__all__ = ["LeaveOneOut", "Surrogate", "SurrogateClass"]


class Surrogate(Protocol):
    """A model of one response, to be minimised, over points of the unit cube."""

    def fit(self, X: FloatArray, y: FloatArray, *, rng: np.random.Generator) -> Self:
        """Learn from trials, and return itself.

        Parameters
        ----------
        X
            Points of the unit cube, ``(n, d)``, n at least 1.
        y
            Values, ``(n,)``; smaller is better.
        rng
            The only source of randomness.
        """

    def conditioned_on(self, X: FloatArray, y: FloatArray) -> Self:
        """Return a copy that keeps what is costly to learn and takes other data."""

    def with_fantasies(self, X: FloatArray) -> Self:
        """Return a copy that holds points ``(p, d)``, whose values are not known, for taken."""

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance at points ``(n, d)``; shapes ``(n,)`` and ``(n,)``."""


@runtime_checkable
class LeaveOneOut(Protocol):
    """A surrogate that can tell how well it predicts."""

    def leave_one_out(self) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of each training value, ``(n,)``, from the others."""


class SurrogateClass(Protocol):
    """How a surrogate is made."""

    def __call__(self, features: Features) -> Surrogate:
        """Make one that was told nothing."""
