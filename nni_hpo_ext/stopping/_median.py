"""The median stopping rule."""

from __future__ import annotations

from collections.abc import Collection

from nni_hpo_ext.stopping._curve import Curve, index_of
from nni_hpo_ext.stopping._rule import Decision, Schedule, is_worse
from nni_hpo_ext.stopping._sample import OrderedSample
from nni_hpo_ext.types import Direction

__all__ = ["MedianRule"]


class MedianRule:
    """Stop a trial whose best value is worse than the median of the others' running averages.

    At step ``s`` a trial is stopped if its best value up to ``s`` is strictly worse than the
    median, over the completed trials with at least ``s`` values, of the mean of their first ``s``
    values (Golovin et al., "Google Vizier", KDD 2017, section 3.2.2). For an even number of
    averages this is the lower of the two in the middle, the lenient choice. A non-finite value
    counts as the worst possible value but is left out of the averages, so that a trial that
    recovers is not penalised.

    Parameters
    ----------
    direction
        Whether larger or smaller values are better.
    schedule
        When trials are assessed.
    min_completed
        Number of trials that must have reached a step before any is stopped there.
    keep_best
        A trial is stopped only if at least this many others had a better best value at its step.
    count_stopped
        Whether trials that the rule stopped count for the others, up to their last step.

    Examples
    --------
    >>> rule = MedianRule("minimize")
    >>> for loss in (0.3, 0.2, 0.1):
    ...     rule.learn(Curve("minimize", [0.9, loss]), completed=True)
    >>> rule.assess(Curve("minimize", [0.9, 0.8])).reason
    'best 0.8 is worse than the median 0.55'
    >>> rule.assess(Curve("minimize", [0.9, 0.1])).stop
    False
    """

    def __init__(
        self,
        direction: Direction = "maximize",
        schedule: Schedule | None = None,
        min_completed: int = 3,
        keep_best: int = 1,
        count_stopped: bool = False,
    ) -> None:
        self.direction = direction
        self._schedule = schedule or Schedule()
        self._min_completed = min_completed
        self._keep_best = keep_best
        self._count_stopped = count_stopped
        # Per checkpoint: the gains of the trials that reached it.
        self._averages: list[OrderedSample] = []
        self._bests: list[OrderedSample] = []

    def learn(self, curve: Curve, completed: bool) -> None:
        """Update the rule with a finished trial."""
        if not completed and not self._count_stopped:
            return
        for i, mark in enumerate(curve.marks):
            if i == len(self._averages):
                self._averages.append(OrderedSample())
                self._bests.append(OrderedSample())
            self._averages[i].add(mark.mean)
            self._bests[i].add(mark.best)

    def assess(self, curve: Curve, peers: Collection[Curve] = ()) -> Decision:
        """Decide on a running trial after its last value; ignores its peers."""
        place = index_of(curve.steps)
        if not self._schedule.is_due(curve) or place >= len(self._averages):
            return Decision(stop=False)
        averages = self._averages[place]
        if len(averages) < max(1, self._min_completed):
            return Decision(stop=False)
        median = averages.lower_quantile(0.5)
        stop = (
            is_worse(curve.best, median) and self._bests[place].above(curve.best) >= self._keep_best
        )
        value, threshold = curve.shown(curve.best), curve.shown(median)
        reason = f"best {value:.6g} is worse than the median {threshold:.6g}" if stop else ""
        return Decision(stop, value, threshold, reason)
