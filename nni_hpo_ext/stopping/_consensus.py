"""A stopping rule that requires three criteria to agree."""

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
    """Thresholds of the consensus rule.

    Attributes
    ----------
    start
        Share of a full run, in [0, 1], before which no trial is stopped.
    half
        Share of a full run at which the better half of the trials may continue; at ``u`` the
        share that may continue is ``0.5 (half / u) ** decay``.
    decay
        How fast the number of trials that may continue falls; at 1 each rung gets the same
        total number of epochs, as in successive halving.
    confidence
        Number of standard errors added to that number, as an allowance for few trials.
    margin
        Factor on the largest lead that was ever made up.
    trend
        Factor on the extrapolated gain of the trial.
    """

    start: float = 0.2
    half: float = 0.2
    decay: float = 1.5
    confidence: float = 1.0
    margin: float = 1.0
    trend: float = 1.5

    @classmethod
    def of_degree(cls, degree: float) -> Caution:
        """Scale the default by ``degree`` >= 0; smaller values save more epochs at more risk."""
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
    """Stop a trial if its rank, the leads made up so far and its own trend all speak against it.

    With E the length of a full run, a trial at step ``s``, ``u = s / E``, with best
    value ``b`` is stopped if all of these hold:

    1. Rank. More than ``k + confidence * sqrt(k (1 - k / n))`` of the ``n`` ranked trials
       had a better best value at ``s``, where ``k = n * 0.5 (half / u) **
       decay``. Running trials count, and trials stopped before ``s`` count in ``n``. This is
       asynchronous successive halving
       (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020) at every
       step instead of a few rungs, with a binomial standard error as an allowance.
    2. Lead. At ``s`` the best completed trial was ahead by more than ``margin`` times the largest
       lead at ``s`` that any completed trial made up on any other (`Overtaking`): the rule waits
       where late risers have been observed.
    3. Trend. ``b`` plus ``trend`` times the gain until E, extrapolated linearly in the logarithm of
       the step from the progress since ``s / 2``, is worse than the last value of the best
       completed trial. A single value has no trend; then the other two criteria decide.

    Parameters
    ----------
    direction
        Whether larger or smaller values are better.
    schedule
        When trials are assessed; never before ``caution.start`` of a full run.
    min_completed
        Number of trials that must have completed before any is stopped; with 0 only the rank
        decides until the first one completes, if ``max_epochs`` is known.
    keep_best
        A trial is stopped only if at least this many others had a better best value at its step.
    count_stopped
        Whether trials that the rule stopped count in the ranks, up to their last step.
    caution
        Thresholds of the three criteria.
    max_epochs
        E; None learns it from the trials that complete (`RunLength`).

    Examples
    --------
    >>> rule = ConsensusRule(min_completed=2)
    >>> for accuracy in (0.88, 0.89, 0.9):
    ...     rule.learn(Curve("maximize", [accuracy] * 10), completed=True)
    >>> decision = rule.assess(Curve("maximize", [0.1] * 8))
    >>> decision.stop, decision.value, decision.threshold
    (True, 0.1, 0.9)
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
        """Update the rule with a finished trial."""
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
        """Return the number of better trials at this step and the number of ranked ones."""
        enough = min(curve.steps, max(1, math.ceil(self._caution.half * self._epochs)))
        better = sum(p.steps >= curve.steps and p.at(curve.steps).best > curve.best for p in peers)
        of = sum(p.steps >= enough for p in peers)
        if index_of(curve.steps) >= len(self._bests):
            return better, of
        here, ranked = self._bests[index_of(curve.steps)], self._bests[index_of(enough)]
        # Scale the sample up to the number of trials it was drawn from.
        return better + here.above(curve.best) * here.seen / len(here), of + ranked.seen

    def _allowed(self, of: int, progress: float) -> float:
        share = min(0.5 * math.pow(self._caution.half / progress, self._caution.decay), 1.0)
        return share * of + self._caution.confidence * math.sqrt(of * share * (1 - share))

    def _cannot_catch_up(self, curve: Curve) -> bool:
        """Return whether neither the leads made up so far nor its trend let the trial catch up."""
        if not self._completed:
            return True
        made_up = self._caution.margin * self._overtaking.largest(curve.steps)
        behind = self._overtaking.lead(curve) > made_up
        # `not >=`, because the prospect of a trial without a usable value is NaN.
        return behind and not self._prospect(curve) >= self._overtaking.target

    def _prospect(self, curve: Curve) -> float:
        """Return the final value extrapolated at the recent rate of growth in log(step)."""
        middle = curve.steps // 2
        if not middle:
            return curve.best
        rate = (curve.best - curve.at(middle).best) / math.log(curve.steps / middle)
        return curve.best + self._caution.trend * rate * math.log(self._epochs / curve.steps)
