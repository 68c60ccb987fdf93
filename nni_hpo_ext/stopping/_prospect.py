"""A stopping rule based on the probability that a trial ends ahead of all others."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._field import Field
from nni_hpo_ext.stopping._foresight import Foresight, probability_first
from nni_hpo_ext.stopping._length import RunLength
from nni_hpo_ext.stopping._rivals import Rivals, Standing
from nni_hpo_ext.stopping._rule import Decision, Schedule
from nni_hpo_ext.types import Objective

__all__ = ["Patience", "ProspectRule"]


@dataclass(frozen=True, slots=True)
class Patience:
    """Thresholds and prior of the prospect rule.

    Attributes
    ----------
    risk
        Probability of ending ahead of all others below which a trial is stopped, on average over
        a run.
    start
        Share of a full run, in [0, 1], before which no trial is stopped.
    trials
        Weight of the prior on Kendall's tau, as a number of completed trials.
    early, late
        Prior tau between the scores and the final values, at the start and at the end of a run;
        interpolated linearly in between.
    field
        Smallest number of trials that a trial is assumed to compete with.
    """

    risk: float = 0.003
    start: float = 0.1
    trials: float = 20.0
    early: float = 0.2
    late: float = 0.7
    field: int = 20

    def of_degree(self, degree: float) -> Patience:
        """Scale the risk for ``degree`` >= 0; smaller values save more epochs at more risk."""
        return replace(self, risk=self.risk / degree**2 if degree else math.inf)


class ProspectRule:
    """Stop a trial that is unlikely to end ahead of all others, or on the Pareto front.

    How well the rank of a trial at a step predicts its final rank differs between tasks and steps.
    The rule estimates it as Kendall's tau between the scores at a step and the final values of the
    completed trials, shrunk towards a cautious prior. Under a Gaussian copula of that tau,
    ``rho = sin(pi tau / 2)`` (Kruskal, "Ordinal measures of association", 1958), a trial with the
    normal score ``z`` of its rank ends ahead of ``n`` others with a probability of about
    ``Phi((rho z - z_n) / sqrt(1 - rho^2))``, where ``z_n`` is the ``1 - 1 / n`` quantile of the
    normal distribution. The trial is stopped if this is less than ``2 risk (1 - u) / m``, where
    ``u`` is the share of the run that is over and ``m`` the number of objectives: the less there is
    left to save, the more certain the rule must be. Ranks are robust to outliers, and the rule
    makes no assumption about the shape of the curves.

    With several objectives, the trial is compared in each open objective with the trials that are
    no worse in all other objectives, and stopped if all these probabilities are too small. An
    objective is open once a trial has improved it while running; others, such as the time or the
    number of weights, are projected to the end of the run at their mean rate. A trial that has not
    reported every objective is neither stopped nor compared with others.

    A trial is never stopped if it is ahead of all trials it is compared with at its step, or if it
    has reached the final value of the best completed one of them.

    Parameters
    ----------
    objectives
        The objectives that the trials report.
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
    >>> goals = [Objective("accuracy", "maximize")]
    >>> rule = ProspectRule(goals)
    >>> for i in range(20):
    ...     rising = [(0.5 + 0.01 * i + 0.02 * step,) for step in range(10)]
    ...     rule.learn(Course(goals, rising), completed=True)
    >>> rule.assess(Course(goals, [(0.1,)] * 5)).stop
    True
    >>> rule.assess(Course(goals, [(0.8,)] * 5)).stop
    False
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        schedule: Schedule | None = None,
        min_completed: int = 3,
        keep_best: int = 1,
        count_stopped: bool = True,
        patience: Patience | None = None,
        max_epochs: int | None = None,
    ) -> None:
        self.objectives = tuple(objectives)
        self._schedule = schedule or Schedule()
        self._min_completed = max(1, min_completed)
        self._keep_best = max(1, keep_best)
        self._count_stopped = count_stopped
        self._patience = patience or Patience()
        self._max_epochs = max_epochs
        self._run_length = RunLength()
        self._completed = 0
        self._field = Field(len(self.objectives))
        self._rivals = Rivals(self._field, len(self.objectives))
        self._foresight = Foresight(self._field, self._patience.trials)

    def learn(self, course: Course, completed: bool) -> None:
        """Update the rule with a finished trial."""
        if completed:
            self._completed += 1
            self._run_length.add(course.steps)
        if course.is_known and (completed or self._count_stopped):
            self._rivals.learn(course)
            self._field.add(course, completed)
            self._foresight.forget()

    @property
    def _epochs(self) -> int:
        return self._max_epochs or self._run_length.steps

    def assess(self, course: Course, peers: Collection[Course] = ()) -> Decision:
        """Decide on a running trial after its last report."""
        first = course.curves[0]
        if not self._may_stop(course):
            return Decision(False, first.shown(first.best))
        # Bonferroni: each objective is another chance to reach the front.
        risk = self._patience.risk / len(self.objectives)
        allowed = 2 * risk * (1 - course.steps / self._epochs)
        chances = [self._chance(course, peers, o) for o in self._rivals.open]
        if not chances or max(chances)[0] >= allowed:
            return Decision(False, first.shown(first.best))
        probability, _, standing = max(chances)
        return self._stop(course, standing, probability)

    def _may_stop(self, course: Course) -> bool:
        return (
            self._completed >= self._min_completed
            and self._patience.start * self._epochs <= course.steps < self._epochs
            and course.is_known
            and self._schedule.is_due(course.curves[0])
        )

    def _chance(
        self, course: Course, peers: Collection[Course], objective: int
    ) -> tuple[float, int, Standing]:
        """Return the probability that a trial ends ahead of its rivals in one objective."""
        ranked = self._patience.start * self._epochs
        s = self._rivals.standing(course, peers, objective, ranked, self._epochs)
        if s.better < self._keep_best or course.curves[objective].best >= s.target:
            return 1.0, objective, s
        tau = self._foresight.tau(objective, course.steps, self._prior(course.steps))
        field = max(s.of + 1, self._patience.field * s.share)
        return probability_first(tau, (s.better + 0.5) / (s.of + 1), field), objective, s

    def _prior(self, step: int) -> float:
        early, late = self._patience.early, self._patience.late
        return early + (late - early) * step / self._epochs

    def _stop(self, course: Course, standing: Standing, probability: float) -> Decision:
        goal, curve = self.objectives[standing.objective], course.curves[standing.objective]
        value, threshold = curve.shown(curve.best), curve.shown(standing.target)
        reason = (
            f"{goal.name} {value:.6g} at step {course.steps}: {standing.better} of {standing.of} "
            f"trials were better there, and the probability to end ahead of them is "
            f"{probability:.2g}"
        )
        return Decision(True, value, threshold, reason)
