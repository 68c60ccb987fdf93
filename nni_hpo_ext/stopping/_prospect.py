"""A stopping rule based on the probability that a trial ends ahead of all others."""

from __future__ import annotations

import math
from collections.abc import Collection
from statistics import NormalDist

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._field import Field
from nni_hpo_ext.stopping._foresight import Foresight, score_first
from nni_hpo_ext.stopping._outlook import Outlook
from nni_hpo_ext.stopping._patience import Patience
from nni_hpo_ext.stopping._rule import Decision, Schedule
from nni_hpo_ext.stopping._window import Window
from nni_hpo_ext.types import Objective

__all__ = ["ProspectRule"]

_NORMAL = NormalDist()


class ProspectRule:
    """Stop a trial that is unlikely to end ahead of all others.

    How well the rank of a trial at a step predicts its final rank differs between tasks and steps.
    The rule estimates it as Kendall's tau between the scores at a step and the final values of the
    completed trials, shrunk towards a cautious prior. Under a Gaussian copula of that tau,
    ``rho = sin(pi tau / 2)`` (Kruskal, "Ordinal measures of association", 1958), a trial with the
    normal score ``z`` of its rank ends ahead of ``n`` others with a probability of about
    ``Phi(s)``, ``s = (rho z - z_n) / sqrt(1 - rho^2)``, where ``z_n`` is the ``1 - 1 / n`` quantile
    of the normal distribution.

    Ranks are robust, but do not tell how far the trial is behind. A regression (`Outlook`) predicts
    its end, and how surely this is ahead of the best completed trial: the normal score ``f``. The
    trial is stopped if ``Phi((1 - w) s + w f)``, with the weight ``w = patience.forecast``, is less
    than ``2 risk sqrt(1 - u)``, where ``u`` is the share of the run that is over: the less there is
    left to save, the more certain the rule must be. A trial is never stopped if it is ahead of all
    others at its step, or if it has reached the final value of the best completed one.

    Parameters
    ----------
    objective
        The objective that the trials report.
    schedule
        When trials are assessed; never before ``patience.start`` of a full run.
    min_completed
        Number of trials that must have completed before any is stopped.
    keep_best
        A trial is stopped only if at least this many others have a better score at its step.
    count_stopped
        Whether trials that the rule stopped count in the ranks, up to their last step.
    patience
        Thresholds and prior.
    max_epochs
        Number of steps of a full run; None learns it from the trials that complete (`RunLength`).

    Examples
    --------
    >>> accuracy = Objective("accuracy", "maximize")
    >>> rule = ProspectRule(accuracy)
    >>> for i in range(20):
    ...     rising = [(0.5 + 0.01 * i + 0.02 * step,) for step in range(10)]
    ...     rule.learn(Course([accuracy], rising), completed=True)
    >>> rule.assess(Course([accuracy], [(0.1,)] * 5)).stop
    True
    >>> rule.assess(Course([accuracy], [(0.8,)] * 5)).stop
    False
    """

    def __init__(
        self,
        objective: Objective,
        schedule: Schedule | None = None,
        min_completed: int = 3,
        keep_best: int = 1,
        count_stopped: bool = True,
        patience: Patience | None = None,
        max_epochs: int | None = None,
    ) -> None:
        self.objectives: tuple[Objective, ...] = (objective,)
        self._keep_best = max(1, keep_best)
        self._count_stopped = count_stopped
        self._patience = patience or Patience()
        self._window = Window(schedule, min_completed, self._patience.start, max_epochs)
        self._field = Field(1)
        self._foresight = Foresight(self._field, self._patience.trials)
        self._outlook = Outlook(self._field, 1)

    def learn(self, course: Course, completed: bool) -> None:
        """Update the rule with a finished trial."""
        if completed:
            self._window.add(course.steps)
        if course.is_known:
            self._outlook.learn(course)
        if course.is_known and (completed or self._count_stopped):
            self._field.add(course, completed)
            self._foresight.forget()
            self._outlook.rescale()

    def assess(self, course: Course, peers: Collection[Course] = ()) -> Decision:
        """Decide on a running trial after its last report."""
        curve, leaders = course.curves[0], self._field.leaders
        carry_on = Decision(False, curve.shown(curve.best))
        target = leaders[0].curves[0].last if leaders else -math.inf
        if not self._window.allows(course) or curve.best >= target:
            return carry_on
        better, of = self._rank(course, peers)
        if better < self._keep_best:
            return carry_on
        probability = _NORMAL.cdf(self._score(course, target, better, of))
        if probability >= 2 * self._patience.risk * math.sqrt(1 - self._window.share(course)):
            return carry_on
        value, threshold = curve.shown(curve.best), curve.shown(target)
        reason = (
            f"{self.objectives[0].name} {value:.6g} at step {course.steps}: {better} of {of} "
            f"trials were better there, and the probability to end ahead of them is "
            f"{probability:.2g}"
        )
        return Decision(True, value, threshold, reason)

    def _rank(self, course: Course, peers: Collection[Course]) -> tuple[int, int]:
        """Return the number of others with a better score at this step, and the number of others.

        A finished trial counts if it was not stopped before the start.
        """
        step, own = course.steps, course.score(0)
        counts = self._field.steps >= self._window.first
        ahead = counts & (self._field.scores(0, step) > own)
        running = [p.score_at(0, step) for p in peers if p.is_known and p.steps >= step]
        # Scale the sample up to the number of trials it was drawn from.
        scale = max(1.0, self._field.seen / max(1, len(self._field.courses)))
        better = round(scale * ahead.sum()) + sum(score > own for score in running)
        return better, round(scale * counts.sum()) + len(running)

    def _score(self, course: Course, target: float, better: int, of: int) -> float:
        """Return how surely a trial ends ahead of all others, as a normal score."""
        patience = self._patience
        prior = patience.early + (patience.late - patience.early) * self._window.share(course)
        tau = self._foresight.tau(course.steps, prior)
        score = score_first(tau, (better + 0.5) / (of + 1), max(of + 1, patience.field))
        lead = self._outlook.lead(course, 0, target, self._window.epochs)
        if lead is None:
            return score
        return (1 - patience.forecast) * score + patience.forecast * lead
