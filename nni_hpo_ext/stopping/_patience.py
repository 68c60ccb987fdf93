"""Thresholds of the rules that stop by a probability."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

__all__ = ["Patience"]


@dataclass(frozen=True, slots=True)
class Patience:
    """Thresholds, prior and weights of the prospect rule.

    Attributes
    ----------
    risk
        Probability of ending ahead of all others below which a trial is stopped at three quarters
        of a run; twice as large at the start.
    start
        Share of a full run, in [0, 1], before which no trial is stopped.
    trials
        Weight of the prior on Kendall's tau, as a number of completed trials.
    early, late
        Prior tau between the scores and the final values, at the start and at the end of a run;
        interpolated linearly in between.
    field
        Smallest number of trials that a trial is assumed to compete with.
    forecast
        Weight of the forecast of a trial's end, in [0, 1]; the rest is the weight of its rank.
    """

    risk: float = 0.003
    start: float = 0.1
    trials: float = 20.0
    early: float = 0.2
    late: float = 0.7
    field: int = 20
    forecast: float = 0.2

    def of_degree(self, degree: float) -> Patience:
        """Scale the risk for ``degree`` >= 0; smaller values save more epochs at more risk."""
        return replace(self, risk=self.risk / degree**2 if degree else math.inf)
