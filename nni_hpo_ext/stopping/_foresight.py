"""Rank correlation between intermediate and final results, and how surely a rank wins."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.stopping._field import Field

__all__ = ["Foresight", "score_first"]

_NORMAL = NormalDist()
# Below 1, where the copula has no density.
_LARGEST_TAU = 0.995


class Foresight:
    """Kendall's tau between the score at a step and the final value, by step.

    Parameters
    ----------
    field
        The finished trials, with one objective.
    prior_trials
        Weight of the prior, as a number of completed trials.
    """

    def __init__(self, field: Field, prior_trials: float) -> None:
        self._field = field
        self._prior_trials = prior_trials
        self._observed: dict[int, tuple[float, int]] = {}

    def forget(self) -> None:
        """Drop cached values after the field has changed."""
        self._observed.clear()

    def tau(self, step: int, prior: float) -> float:
        """Return tau at a step, in [-1, 1], shrunk towards a prior."""
        if step not in self._observed:
            self._observed[step] = self._count(step)
        tau, trials = self._observed[step]
        return (trials * tau + self._prior_trials * prior) / max(trials + self._prior_trials, 1e-9)

    def _count(self, step: int) -> tuple[float, int]:
        """Return tau among the completed trials that reached a step, and their number."""
        scores = self._field.scores(0, step)
        known = self._field.completed & ~np.isnan(scores)
        scores, ends = scores[known], self._field.ends(0)[known]
        if len(scores) < 2:
            return 0.0, 0
        signs = _order(scores) * _order(ends)
        return float(signs.sum()) / (len(scores) * (len(scores) - 1)), len(scores)


def _order(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Compare all pairs: -1, 0 or 1; unlike a difference, this works for infinities."""
    return (values[:, None] > values).astype(int) - (values[:, None] < values)


def score_first(tau: float, rank: float, field: float) -> float:
    """Return how surely a trial ends first in a field, as a normal score.

    The score is the quantile of the normal distribution at the probability.

    Parameters
    ----------
    tau
        Kendall's tau between the trials' scores at this step and their final values.
    rank
        Share of the trials with a better score, in (0, 1).
    field
        Number of trials including this one, larger than 1.
    """
    rho = math.sin(math.pi / 2 * min(max(tau, 0.0), _LARGEST_TAU))
    z, first = -_NORMAL.inv_cdf(rank), _NORMAL.inv_cdf(1 - 1 / field)
    return (rho * z - first) / math.sqrt(1 - rho * rho)
