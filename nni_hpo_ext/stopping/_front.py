"""A stopping rule for several objectives: the probability that a completed trial dominates."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._field import Field
from nni_hpo_ext.stopping._outlook import Outlook
from nni_hpo_ext.stopping._patience import Patience
from nni_hpo_ext.stopping._rule import Decision, Schedule
from nni_hpo_ext.stopping._window import Window
from nni_hpo_ext.types import Objective

__all__ = ["FrontRule"]

Floats = NDArray[np.float64]


class FrontRule:
    """Stop a trial that is unlikely to end on the Pareto front.

    The ends of a trial's objectives are predicted (`Outlook`). The probability that a completed
    trial dominates it is the product, over the objectives, of the probabilities that it ends no
    better. The trial is stopped once one completed trial dominates it with a probability above
    ``1 - risk n (1 - u)``, where ``u`` is the share of the run that is over and ``n`` the number of
    completed trials on the front: each member of a large front matters less. A trial that has not
    reported every objective is neither stopped nor compared with others.

    Parameters
    ----------
    objectives
        The objectives that the trials report.
    schedule
        When trials are assessed; never before ``patience.start`` of a full run.
    min_completed
        Number of trials that must have completed before any is stopped.
    keep_best
        A trial is stopped only if at least this many completed trials dominate it so probably.
    patience
        The risk and the start.
    max_epochs
        Number of steps of a full run; None learns it from the trials that complete.

    Examples
    --------
    >>> goals = [Objective("accuracy", "maximize"), Objective("seconds", "minimize")]
    >>> rule = FrontRule(goals)
    >>> for i in range(20):
    ...     rising = [(0.5 + 0.01 * i + 0.02 * step, 1.0 + step) for step in range(10)]
    ...     rule.learn(Course(goals, rising), completed=True)
    >>> rule.assess(Course(goals, [(0.1, 2.0 + 2 * step) for step in range(5)])).stop
    True
    >>> rule.assess(Course(goals, [(0.1, 0.5 + 0.5 * step) for step in range(5)])).stop
    False
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        schedule: Schedule | None = None,
        min_completed: int = 3,
        keep_best: int = 1,
        patience: Patience | None = None,
        max_epochs: int | None = None,
    ) -> None:
        self.objectives = tuple(objectives)
        self._keep_best = max(1, keep_best)
        self._patience = patience or Patience()
        self._window = Window(schedule, min_completed, self._patience.start, max_epochs)
        self._field = Field(len(self.objectives))
        self._outlook = Outlook(self._field, len(self.objectives))

    def learn(self, course: Course, completed: bool) -> None:
        """Update the rule with a finished trial; one that was stopped counts for nothing else."""
        if completed:
            self._window.add(course.steps)
        if course.is_known:
            self._outlook.learn(course)
        if course.is_known and completed:
            self._field.add(course, completed)
            self._outlook.rescale()

    def assess(self, course: Course, peers: Collection[Course] = ()) -> Decision:
        """Decide on a running trial after its last report; ignores its peers."""
        first = course.curves[0]
        carry_on = Decision(False, first.shown(first.best))
        if not self._window.allows(course) or not self._outlook.order:
            return carry_on
        risk = self._patience.risk * len(self._field.leaders)
        allowed = risk * (1 - self._window.share(course))
        rivals = self._rivals()
        dominated = self._dominated(course, rivals)
        order = np.argsort(-dominated, kind="stable")
        if len(order) < self._keep_best or not dominated[order[self._keep_best - 1]] > 1 - allowed:
            return carry_on
        return self._stop(course, rivals[order[0]], float(dominated[order[0]]))

    def _rivals(self) -> list[Course]:
        """Return the completed trials that may dominate another one."""
        if self._keep_best == 1:
            return list(self._field.leaders)
        kept = {id(course) for course in self._field.courses}
        return self._field.courses + [c for c in self._field.leaders if id(c) not in kept]

    def _dominated(self, course: Course, rivals: Sequence[Course]) -> Floats:
        """Return the probability that each rival dominates a trial; shape ``(rivals,)``."""
        result, epochs = np.ones(len(rivals)), self._window.epochs
        for i in self._outlook.order:
            if not result.any():  # only dearer ones, for example
                break
            ends = np.array([rival.curves[i].last for rival in rivals])
            result *= self._outlook.no_better(course, i, ends, epochs)
        return result

    def _stop(self, course: Course, rival: Course, probability: float) -> Decision:
        def shown(trial: Course) -> str:
            pairs = zip(self.objectives, trial.curves, strict=True)
            return ", ".join(f"{goal.name} {curve.shown(curve.last):.6g}" for goal, curve in pairs)

        first, other = course.curves[0], rival.curves[0]
        reason = (
            f"{shown(course)} at step {course.steps}: dominated with probability "
            f"{probability:.4f} by the completed trial with {shown(rival)}"
        )
        return Decision(True, first.shown(first.best), first.shown(other.last), reason)
