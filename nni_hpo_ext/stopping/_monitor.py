"""The trials of one experiment under a stopping rule, whoever runs them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._curve import Curve
from nni_hpo_ext.stopping._rule import CourseRule, Decision, StoppingRule

__all__ = ["Monitor", "Stopper"]

# What a rule keeps of a trial.
Record = Curve | Course

_GO_ON = Decision(stop=False)
# Ended trials whose verdict is remembered, should someone ask again.
_REMEMBERED = 1000


class Stopper(Protocol):
    """What a replay drives: our rules behind a `Monitor`, or somebody else's pruner."""

    def report(self, trial: str, values: Sequence[Any]) -> Decision:
        """Take in a running trial's new reports and decide on it."""

    def end(self, trial: str, success: bool) -> object:
        """Note that a trial ended; ``success`` if it ran to its own end."""


class Monitor:
    """Keeps the curves of running trials, asks the rule, and stays with its verdicts.

    Parameters
    ----------
    rule
        What decides.
    max_stopped_fraction
        Largest share of the trials heard of that may be stopped, in [0, 1].
    """

    def __init__(
        self, rule: StoppingRule | CourseRule, *, max_stopped_fraction: float = 1.0
    ) -> None:
        # Which of the two records a rule takes is its own affair from here on.
        self._rule: Any = rule
        self._objectives = getattr(rule, "objectives", None)
        self._fraction = max_stopped_fraction
        self._running: dict[str, Record] = {}
        self._stopped: dict[str, Decision] = {}
        self._ended: OrderedDict[str, Decision] = OrderedDict()
        self._heard_of = 0
        self._stops = 0

    def _begin(self) -> Record:
        if self._objectives is None:
            return Curve(self._rule.direction)
        return Course(self._objectives)

    def _recall(self, state: Mapping[str, Any]) -> Record:
        if self._objectives is None:
            return Curve.from_state(self._rule.direction, state)
        return Course.from_state(self._objectives, state)

    def steps(self, trial: str) -> int:
        """Return how many values of a running trial were taken in."""
        return self._running[trial].steps if trial in self._running else 0

    def report(self, trial: str, values: Sequence[Any]) -> Decision:
        """Take in a running trial's new reports and decide on it.

        A trial that was to be stopped stays so, however often it is asked about; a trial that
        ended is not taken up again.
        """
        if trial in self._ended:
            return self._ended[trial]
        if trial not in self._running:
            self._running[trial] = self._begin()
            self._heard_of += 1
        if trial in self._stopped:
            return self._stopped[trial]
        curve = self._running[trial]
        for value in values:
            curve.add(value)
        peers = [c for name, c in self._running.items() if name != trial]
        decision = self._rule.assess(curve, peers) if values else _GO_ON
        if not decision.stop or self._stops + 1 > self._fraction * self._heard_of:
            return _GO_ON
        self._stops += 1
        self._stopped[trial] = decision
        return decision

    def end(self, trial: str, success: bool) -> tuple[Record, bool] | None:
        """Note that a trial ended, and let the rule learn from it.

        Returns
        -------
        tuple of record and bool, or None
            What the rule learnt, and whether the trial completed; None if it learnt nothing,
            because the trial failed or never reported.
        """
        curve = self._running.pop(trial, None)
        if curve is None:
            return None
        verdict = self._stopped.pop(trial, _GO_ON)
        self._ended[trial] = verdict
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        if not curve.steps or not (success or verdict.stop):
            return None
        completed = not verdict.stop
        self._rule.learn(curve, completed)
        return curve, completed

    def restore(self, state: Mapping[str, Any], completed: bool) -> None:
        """Take in what `end` returned before the process was started anew, as plain values.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is something else; nothing is changed then.
        """
        curve = self._recall(state)
        self._heard_of += 1
        self._stops += not completed
        self._rule.learn(curve, completed)
