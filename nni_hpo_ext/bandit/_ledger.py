"""Results of the arms so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import FloatArray

__all__ = ["Ledger", "accuracy", "log_error"]

_SMALLEST = 1e-5


@dataclass
class Ledger:
    """Choices and results of ``k`` arms.

    Attributes
    ----------
    n_arms
        Number of arms, ``k``.
    step
        Number of choices made.
    arms
        Arm of each finished trial that an arm chose, in order of the choices; ``(n,)``.
    errors
        Their errors, 1 for a failed trial; ``(n,)``. See `nni_hpo_ext.surrogates.ErrorScale`.
    steps
        Index of the choice that each of them results from, from 0; ``(n,)``.
    first_error
        Smallest error of the trials that no arm chose.
    credit
        Sum of the rewards of each arm's nominees, shape ``(k,)``; for GP-Hedge.
    trust
        Weights of the arms by their predictive quality, shape ``(k,)``. They sum to 1 over the
        arms with predictions and are NaN for the others.
    hours
        Hours since the start.
    """

    n_arms: int
    step: int = 0
    arms: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    errors: FloatArray = field(default_factory=lambda: np.empty(0))
    steps: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    first_error: float = float("inf")
    credit: FloatArray = field(default_factory=lambda: np.empty(0))
    trust: FloatArray = field(default_factory=lambda: np.empty(0))
    hours: float = 0.0

    def idle(self) -> npt.NDArray[np.intp]:
        """Return the number of trials of each arm since the last improvement; ``(k,)``."""
        best = np.minimum.accumulate([self.first_error, *self.errors])
        improving = np.flatnonzero(best[1:] < best[:-1])
        since = improving[-1] + 1 if len(improving) else 0
        return np.bincount(self.arms[since:], minlength=self.n_arms)

    def total(self, rewards: FloatArray) -> FloatArray:
        """Return the sum of rewards ``(n,)`` by arm; shape ``(k,)``."""
        return np.asarray(np.bincount(self.arms, weights=rewards, minlength=self.n_arms))

    def mean(self, rewards: FloatArray, default: float) -> FloatArray:
        """Return the mean of rewards ``(n,)`` by arm, ``default`` without trials; ``(k,)``."""
        counts = np.bincount(self.arms, minlength=self.n_arms)
        return np.where(counts > 0, self.total(rewards) / np.maximum(counts, 1), default)


def accuracy(errors: FloatArray) -> FloatArray:
    """Return the reward 1 minus the error, in [0, 1]; any shape."""
    return np.clip(1.0 - errors, 0.0, 1.0)


def log_error(errors: FloatArray) -> FloatArray:
    """Return the reward ``|log10(error)|``, in [0, 5], which resolves small errors; any shape."""
    return -np.log10(np.clip(errors, _SMALLEST, 1.0))
