"""The compound stopping rule of DEEP-BO."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection

from nni_hpo_ext.stopping._curve import Curve, Mark, stride_at
from nni_hpo_ext.stopping._length import RunLength
from nni_hpo_ext.stopping._rule import Decision, is_worse
from nni_hpo_ext.stopping._sample import OrderedSample
from nni_hpo_ext.types import Direction

__all__ = ["CompoundRule"]

# Curves kept to recompute the thresholds when the estimated length of a run changes.
_KEPT = 500


class CompoundRule:
    """Stop the worst trials halfway, and all but the best near the end.

    With E epochs (Cho et al., "DEEP-BO", IEEE Access 2020, section on early termination):

    1. After ``floor(E / 2)`` epochs a trial is stopped if its value is below the
       ``beta``-percentile of the mean values over that first half, of all earlier trials that
       reached it and of the trial itself.
    2. After ``floor((1 - beta) E)`` epochs it is stopped if its value is below the
       ``1 - beta``-percentile of the mean values from the half to here, of the earlier trials
       that reached it and of the trial itself.

    Percentiles are interpolated linearly. A non-finite value counts as the worst possible value.
    For curves longer than 127 epochs the rule uses the checkpoints at or before these epochs.

    Parameters
    ----------
    direction
        Whether larger or smaller values are better.
    max_epochs
        E; None learns it from the trials that complete (`RunLength`).
    beta
        Share of the trials, in (0, 0.5).
    min_completed
        Number of earlier trials that must have reached a check before any is stopped there.

    Examples
    --------
    >>> rule = CompoundRule(max_epochs=4)
    >>> for accuracy in (0.7, 0.8, 0.9):
    ...     rule.learn(Curve("maximize", [accuracy] * 4), completed=True)
    >>> rule.assess(Curve("maximize", [0.1, 0.2])).stop
    True
    >>> rule.assess(Curve("maximize", [0.8, 0.9])).stop
    False
    """

    def __init__(
        self,
        direction: Direction = "maximize",
        *,
        max_epochs: int | None = None,
        beta: float = 0.1,
        min_completed: int = 3,
    ) -> None:
        self.direction = direction
        self._learns_epochs = max_epochs is None
        self._run_length = RunLength()
        self._epochs = max_epochs or 0
        self._beta = beta
        self._min_completed = min_completed
        self._curves: deque[Curve] = deque(maxlen=_KEPT)
        self._recount()

    def learn(self, curve: Curve, completed: bool) -> None:
        """Compare running trials with a finished one, up to the step it reached."""
        self._curves.append(curve)
        self._count(curve)
        if completed and self._learns_epochs:
            self._run_length.add(curve.steps)
            if self._run_length.steps != self._epochs:
                self._epochs = self._run_length.steps
                self._recount()

    def assess(self, curve: Curve, peers: Collection[Curve] = ()) -> Decision:
        """Decide on a running trial after its last value; ignores its peers."""
        if curve.steps == self._half:
            own, others = self._first(curve), self._firsts
            return self._compare(curve, others, own, self._beta, "of the first half")
        if curve.steps == self._late > self._half:
            own, others = self._second(curve), self._seconds
            return self._compare(curve, others, own, 1 - self._beta, "from the half to here")
        return Decision(stop=False)

    def _compare(
        self, curve: Curve, others: OrderedSample, own: float, q: float, window: str
    ) -> Decision:
        if len(others) < self._min_completed:
            return Decision(stop=False)
        bound = others.quantile_with(own, q)
        stop = is_worse(curve.last, bound)
        value, threshold = curve.shown(curve.last), curve.shown(bound)
        reason = (
            f"{value:.6g} after {curve.steps} epochs is worse than {threshold:.6g}, "
            f"percentile {100 * q:.4g} of the means {window}"
        )
        return Decision(stop, value, threshold, reason if stop else "")

    def _first(self, curve: Curve) -> float:
        """Return the mean value of the first half."""
        return curve.at(self._half).mean

    def _second(self, curve: Curve) -> float:
        """Return the mean value from the half to the late check."""
        first, last = curve.at(self._half), curve.at(self._late)
        return Mark(last.best, last.total - first.total, last.count - first.count).mean

    def _recount(self) -> None:
        self._half = _checkpoint(self._epochs // 2)
        # A product such as 0.9 * 10 may lie just below the integer it stands for.
        self._late = _checkpoint(math.floor((1 - self._beta) * self._epochs + 1e-9))
        self._firsts, self._seconds = OrderedSample(_KEPT), OrderedSample(_KEPT)
        for curve in self._curves:
            self._count(curve)

    def _count(self, curve: Curve) -> None:
        if 0 < self._half <= curve.steps:
            self._firsts.add(self._first(curve))
        if self._half < self._late <= curve.steps:
            self._seconds.add(self._second(curve))


def _checkpoint(step: int) -> int:
    """Return the last checkpoint at or before a step, 0 if there is none."""
    return step - step % stride_at(step)
