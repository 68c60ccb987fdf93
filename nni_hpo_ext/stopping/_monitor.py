"""Apply a stopping rule to the trials of an experiment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._curve import Curve
from nni_hpo_ext.stopping._forecast import Forecaster
from nni_hpo_ext.stopping._rule import CourseRule, Decision, StoppingRule
from nni_hpo_ext.types import Forecast

__all__ = ["Monitor", "Prospects", "Stopper"]

# What a rule assesses.
Record = Curve | Course

_CONTINUE = Decision(stop=False)
# Number of finished trials whose decision is kept, in case they are assessed again.
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Prospects:
    """What a trial has reached and will reach.

    Attributes
    ----------
    decision
        Whether it was stopped, and why.
    best
        Best value so far of each objective, as reported; infinite if there is none.
    forecasts
        Predicted final value of each objective, None where there is no prediction.
    """

    decision: Decision
    best: tuple[float, ...]
    forecasts: tuple[Forecast | None, ...]


class Stopper(Protocol):
    """The interface that a replay needs: a `Monitor`, or an adapter of another library's pruner."""

    def report(self, trial: str, values: Sequence[Any]) -> Decision:
        """Add the new reports of a running trial and decide on it."""

    def end(self, trial: str, success: bool) -> object:
        """End a trial; ``success`` if it completed."""


class Monitor:
    """Tracks the running trials, applies the rule to them and keeps its decisions.

    Parameters
    ----------
    rule
        The stopping rule.
    max_stopped_fraction
        Largest share of the observed trials that may be stopped, in [0, 1].

    Examples
    --------
    >>> from nni_hpo_ext.stopping import MedianRule
    >>> monitor = Monitor(MedianRule(min_completed=1))
    >>> monitor.report("first", [0.8, 0.9]).stop
    False
    >>> _ = monitor.end("first", success=True)
    >>> monitor.report("second", [0.1]).stop
    True
    """

    def __init__(
        self, rule: StoppingRule | CourseRule, *, max_stopped_fraction: float = 1.0
    ) -> None:
        # Any: a rule takes curves or courses, and `_begin` makes what it takes.
        self._rule: Any = rule
        self._objectives = getattr(rule, "objectives", None)
        self._fraction = max_stopped_fraction
        self._running: dict[str, Record] = {}
        self._stopped: dict[str, Decision] = {}
        self._ended: OrderedDict[str, Prospects] = OrderedDict()
        self._forecasters = [Forecaster() for _ in self._objectives or (None,)]
        self._observed = 0
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
        """Return the number of values that a running trial has reported."""
        return self._running[trial].steps if trial in self._running else 0

    def report(self, trial: str, values: Sequence[Any]) -> Decision:
        """Add the new reports of a running trial and decide on it.

        A decision to stop is final, however often the trial reports; reports of finished trials
        are ignored.
        """
        if trial in self._ended:
            return self._ended[trial].decision
        if trial not in self._running:
            self._running[trial] = self._begin()
            self._observed += 1
        if trial in self._stopped:
            return self._stopped[trial]
        curve = self._running[trial]
        for value in values:
            curve.add(value)
        peers = [c for name, c in self._running.items() if name != trial]
        decision = self._rule.assess(curve, peers) if values else _CONTINUE
        if not decision.stop or self._stops + 1 > self._fraction * self._observed:
            return _CONTINUE
        self._stops += 1
        self._stopped[trial] = decision
        return decision

    def end(self, trial: str, success: bool) -> tuple[Record, bool] | None:
        """End a trial and update the rule with it.

        Returns
        -------
        tuple of record and bool, or None
            What the rule learnt from, and whether the trial completed; None if the trial failed or
            never reported.
        """
        prospects = self.prospects(trial)
        curve = self._running.pop(trial, None)
        if curve is None or prospects is None:
            return None
        decided = self._stopped.pop(trial, _CONTINUE)
        self._ended[trial] = prospects
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        if not curve.steps or not (success or decided.stop):
            return None
        completed = not decided.stop
        self._learn(curve, completed)
        return curve, completed

    def _learn(self, record: Record, completed: bool) -> None:
        self._rule.learn(record, completed)
        if completed:
            for forecaster, curve in zip(self._forecasters, _curves(record), strict=True):
                forecaster.add(curve)

    @property
    def running(self) -> Sequence[str]:
        """The running trials."""
        return list(self._running)

    def prospects(self, trial: str) -> Prospects | None:
        """Return what is known of a running trial, or was known when it ended; None if nothing."""
        if trial in self._ended:
            return self._ended[trial]
        if trial not in self._running:
            return None
        curves = _curves(self._running[trial])
        return Prospects(
            self._stopped.get(trial, _CONTINUE),
            tuple(curve.shown(curve.best) for curve in curves),
            tuple(f.forecast(c) for f, c in zip(self._forecasters, curves, strict=True)),
        )

    def restore(self, state: Mapping[str, Any], completed: bool) -> None:
        """Restore what `end` returned before the process restarted, from its ``state_dict``.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the state is malformed; then nothing changes.
        """
        curve = self._recall(state)
        self._observed += 1
        self._stops += not completed
        self._learn(curve, completed)


def _curves(record: Record) -> Sequence[Curve]:
    """Return the curves of a record, one per objective."""
    return (record,) if isinstance(record, Curve) else record.curves
