"""What each arm has earned so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import FloatArray

__all__ = ["Ledger", "accuracy", "log_error"]

_SMALLEST = 1e-5


@dataclass
class Ledger:
    """The story of ``k`` arms.

    Attributes
    ----------
    n_arms
        Number of arms, ``k``.
    step
        Number of choices made.
    arms
        Arm of each trial that has ended and that an arm chose, in order of the choices; ``(n,)``.
    errors
        Their errors, see `nni_hpo_ext.surrogates.ErrorScale`, 1 for a failed one; ``(n,)``.
    steps
        Number of the choice that each of them was, from 0; ``(n,)``.
    first_error
        The least error of the trials that no arm chose.
    credit
        What the arms' nominees have earned them, shape ``(k,)``; of GP-Hedge.
    trust
        How well each arm predicts, as weights that sum to 1 over the arms that predict anything,
        NaN for the others; shape ``(k,)``.
    hours
        Time since the start.
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
        """Count each arm's trials since one of any arm was better than all before; ``(k,)``."""
        best = np.minimum.accumulate([self.first_error, *self.errors])
        improving = np.flatnonzero(best[1:] < best[:-1])
        since = improving[-1] + 1 if len(improving) else 0
        return np.bincount(self.arms[since:], minlength=self.n_arms)

    def total(self, rewards: FloatArray) -> FloatArray:
        """Sum rewards ``(n,)`` by arm; shape ``(k,)``."""
        return np.asarray(np.bincount(self.arms, weights=rewards, minlength=self.n_arms))

    def mean(self, rewards: FloatArray, default: float) -> FloatArray:
        """Average rewards ``(n,)`` by arm, ``default`` for an arm without a trial; ``(k,)``."""
        counts = np.bincount(self.arms, minlength=self.n_arms)
        return np.where(counts > 0, self.total(rewards) / np.maximum(counts, 1), default)


def accuracy(errors: FloatArray) -> FloatArray:
    """Reward 1 minus the error, in [0, 1]; any shape."""
    return np.clip(1.0 - errors, 0.0, 1.0)


def log_error(errors: FloatArray) -> FloatArray:
    """Reward ``|log10(error)|``, 0 to 5: the last digits of an accuracy count; any shape."""
    return -np.log10(np.clip(errors, _SMALLEST, 1.0))
