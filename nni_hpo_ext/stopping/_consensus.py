"""A stopping rule that acts only when three views of a trial agree."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from nni_hpo_ext.stopping._curve import Curve, index_of
from nni_hpo_ext.stopping._length import RunLength
from nni_hpo_ext.stopping._overtaking import Overtaking
from nni_hpo_ext.stopping._rule import Decision, Schedule
from nni_hpo_ext.stopping._sample import OrderedSample
from nni_hpo_ext.types import Direction

__all__ = ["Caution", "ConsensusRule"]


@dataclass(frozen=True, slots=True)
class Caution:
    """How sure the consensus rule has to be.

    Attributes
    ----------
    start
        Share of a full run, in [0, 1], before which nothing is stopped.
    half
        Share of a full run at which the better half of the trials may go on; at ``u`` it is
        ``0.5 (half / u) ** decay`` of them.
    decay
        How fast the number of trials that may go on falls; at 1 every trial that goes on gets the
        same share of the epochs, as in successive halving.
    confidence
        Standard errors that are added to that number, since few trials say little.
    margin
        Factor on the largest lead that was made up.
    trend
        Factor on the gain that a trial's own progress promises.
    """

    start: float = 0.2
    half: float = 0.2
    decay: float = 1.5
    confidence: float = 1.0
    margin: float = 1.0
    trend: float = 1.5

    @classmethod
    def of_degree(cls, degree: float) -> Caution:
        """Return the default caution times a degree, at least 0: less saves and risks more."""
        usual = cls()
        return cls(
            start=min(degree * usual.start, 1.0),
            half=min(degree * usual.half, 1.0),
            decay=usual.decay,
            confidence=degree * usual.confidence,
            margin=degree * usual.margin,
            trend=degree * usual.trend,
        )


class ConsensusRule:
    """Stop a trial that three views agree on: its rank, the leads made up before, its own trend.

    With E the length of a full run, a trial at step ``s``, ``u = s / E``, of best
    value ``b`` is stopped if all of these hold:

    1. Rank. More than ``k + confidence * sqrt(k (1 - k / n))`` of the ``n`` trials that got far
       enough to be ranked had a better best value at ``s``, where ``k = n * 0.5 (half / u) **
       decay``. Running trials count, and those stopped before ``s`` count in ``n``. This is
       asynchronous successive halving
       (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020) at every
       step instead of a few rungs, with a binomial standard error as allowance.
    2. Lead. At ``s`` the best completed trial was ahead by more than ``margin`` times the largest
       lead at ``s`` that any completed trial made up on any other (`Overtaking`): where late
       risers have been seen, the rule waits.
    3. Trend. ``b`` plus ``trend`` times what the trial would gain until E, if its best value went
       on to grow with the logarithm of the step as it did since ``s / 2``, is worse than what
       the best completed trial ended with. With one value there is no trend, and the others decide.

    Parameters
    ----------
    direction
        Whether large or small values are good.
    schedule
        When trials are judged; not before ``caution.start`` of a full run in any case.
    min_completed
        Number of trials that must have completed before any is stopped; with 0 the rank alone
        decides until one has, if ``max_epochs`` is known.
    keep_best
        A trial is not stopped while fewer than so many others had a better best value at its step.
    count_stopped
        Whether trials that the rule stopped count in the ranks, up to where they were stopped.
    caution
        How sure the rule has to be.
    max_epochs
        E; None learns it from the trials that complete (`RunLength`).
    """

    def __init__(
        self,
        direction: Direction = "maximize",
        schedule: Schedule | None = None,
        min_completed: int = 3,
        keep_best: int = 1,
        count_stopped: bool = True,
        caution: Caution | None = None,
        max_epochs: int | None = None,
    ) -> None:
        self.direction = direction
        self._schedule = schedule or Schedule()
        self._min_completed = min_completed
        self._keep_best = keep_best
        self._count_stopped = count_stopped
        self._caution = caution or Caution()
        self._completed = 0
        self._learns_epochs = max_epochs is None
        self._run_length = RunLength()
        self._epochs = max_epochs or 0
        self._bests: list[OrderedSample] = []  # for each checkpoint, larger is better
        self._overtaking = Overtaking()

    def learn(self, curve: Curve, completed: bool) -> None:
        """Let a trial that ended count for those that are running."""
        if completed:
            self._completed += 1
            self._overtaking.add(curve)
            if self._learns_epochs:
                self._run_length.add(curve.steps)
                self._epochs = self._run_length.steps
        elif not self._count_stopped:
            return
        for i, mark in enumerate(curve.marks):
            if i == len(self._bests):
                self._bests.append(OrderedSample())
            self._bests[i].add(mark.best)

    def assess(self, curve: Curve, peers: Collection[Curve] = ()) -> Decision:
        """Decide on a running trial after its last value."""
        target = self._overtaking.target
        value, threshold = curve.shown(curve.best), curve.shown(target)
        if not self._may_stop(curve):
            return Decision(False, value, threshold)
        better, of = self._rank(curve, peers)
        stop = (
            better >= self._keep_best
            and better > self._allowed(of, curve.steps / self._epochs)
            and self._cannot_catch_up(curve)
        )
        reason = (
            f"best {value:.6g} at step {curve.steps}: {better:.0f} of {of} were better there; "
            f"the best completed trial ended with {threshold:.6g}"
        )
        return Decision(stop, value, threshold, reason if stop else "")

    def _may_stop(self, curve: Curve) -> bool:
        return (
            self._completed >= self._min_completed
            and self._caution.start * self._epochs <= curve.steps < self._epochs
            and self._schedule.is_due(curve)
        )

    def _rank(self, curve: Curve, peers: Collection[Curve]) -> tuple[float, int]:
        """Return how many trials were better at this step, and of how many."""
        enough = min(curve.steps, max(1, math.ceil(self._caution.half * self._epochs)))
        better = sum(p.steps >= curve.steps and p.at(curve.steps).best > curve.best for p in peers)
        of = sum(p.steps >= enough for p in peers)
        if index_of(curve.steps) >= len(self._bests):
            return better, of
        here, ranked = self._bests[index_of(curve.steps)], self._bests[index_of(enough)]
        # A sample of a larger number stands for all of them.
        return better + here.above(curve.best) * here.seen / len(here), of + ranked.seen

    def _allowed(self, of: int, progress: float) -> float:
        share = min(0.5 * math.pow(self._caution.half / progress, self._caution.decay), 1.0)
        return share * of + self._caution.confidence * math.sqrt(of * share * (1 - share))

    def _cannot_catch_up(self, curve: Curve) -> bool:
        """Return whether neither leads made up before nor the trial's own trend give it hope."""
        if not self._completed:
            return True
        made_up = self._caution.margin * self._overtaking.largest(curve.steps)
        behind = self._overtaking.lead(curve) > made_up
        # What cannot be compared, such as a trial without any usable value, has no prospect.
        return behind and not self._prospect(curve) >= self._overtaking.target

    def _prospect(self, curve: Curve) -> float:
        """Return what the trial would end with at its recent rate of growth in log(step)."""
        middle = curve.steps // 2
        if not middle:
            return curve.best
        rate = (curve.best - curve.at(middle).best) / math.log(curve.steps / middle)
        return curve.best + self._caution.trend * rate * math.log(self._epochs / curve.steps)
