"""The median stopping rule."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass

from nni_hpo_ext.types import Direction

__all__ = ["Decision", "MedianRule"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to stop a trial, and on what grounds.

    Attributes
    ----------
    stop
        The verdict.
    best
        The trial's best value so far; NaN if it has no usable one.
    threshold
        The median that it was compared with; NaN if there was nothing to compare with.
    """

    stop: bool
    best: float = math.nan
    threshold: float = math.nan


class MedianRule:
    """Stop a trial whose best value is worse than the median of the others' running averages.

    At step ``s`` a trial is stopped if its best value up to ``s`` is strictly worse than the
    median, over the completed trials with at least ``s`` values, of the mean of their first ``s``
    values (Golovin et al., "Google Vizier", KDD 2017, section 3.2.2). A value that is not finite
    counts as the worst one possible, so a diverged trial compares as the worst without spoiling
    the averages of a trial that recovers.

    Parameters
    ----------
    direction
        Whether large or small values are good.
    start_step
        First step, counted from 1, at which a trial may be stopped.
    interval
        Number of steps between two checks of a trial, from ``start_step`` on.
    min_completed
        Number of completed trials that must have reached a step before any is stopped there.
    """

    def __init__(
        self,
        direction: Direction = "maximize",
        *,
        start_step: int = 1,
        interval: int = 1,
        min_completed: int = 3,
    ) -> None:
        self._sign = -1.0 if direction == "minimize" else 1.0
        self._start_step = start_step
        self._interval = interval
        self._min_completed = min_completed
        # Per step, the sorted running averages of the completed trials, larger is better.
        self._averages: list[list[float]] = []

    def complete(self, curve: Sequence[float]) -> None:
        """Add the curve of a trial that ran to its end; shape ``(steps,)``."""
        total, n = 0.0, 0
        for step, value in enumerate(self._gains(curve)):
            # The average is over finite values: one infinity would drown all later steps.
            if math.isfinite(value):
                total, n = total + value, n + 1
            if step == len(self._averages):
                self._averages.append([])
            insort(self._averages[step], total / n if n else -math.inf)

    def assess(self, curve: Sequence[float]) -> Decision:
        """Decide on a running trial from its values so far; shape ``(steps,)``."""
        step = len(curve)
        if not self._is_due(step) or step > len(self._averages):
            return Decision(stop=False)
        averages = self._averages[step - 1]
        if len(averages) < self._min_completed:
            return Decision(stop=False)
        best = max(self._gains(curve))
        median = _median(averages)
        return Decision(best < median, self._sign * best, self._sign * median)

    def _is_due(self, step: int) -> bool:
        return step >= self._start_step and (step - self._start_step) % self._interval == 0

    def _gains(self, curve: Sequence[float]) -> list[float]:
        return [self._sign * v if math.isfinite(v) else -math.inf for v in curve]


def _median(ordered: Sequence[float]) -> float:
    """Median of sorted values; of an even number the lower of the two in the middle.

    The lower one is the lenient choice, and there is always a trial that it belongs to.
    """
    return ordered[(len(ordered) - 1) // 2]
