"""The trials of a study of `nni-hpo serve`, derived only from the events of its log.

The service writes an event before it answers a call, and applies it here. After a restart, and in
the commands that read a study, the same events are applied from the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ServedReport", "ServedTrial", "TrialLog"]

_logger = logging.getLogger(__name__)

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServedReport:
    """An intermediate result of a trial.

    Attributes
    ----------
    value
        As reported; None for a value that is not a finite number.
    time
        Seconds since the epoch.
    stop
        Whether the answer was to stop.
    key
        Idempotency key of the call, None without one.
    """

    value: Any
    time: float
    stop: bool
    key: str | None = None


@dataclass(slots=True)
class ServedTrial:
    """A trial of a study.

    Attributes
    ----------
    number
        Its number, from 0 without gaps.
    params
        Its configuration.
    started
        When its present attempt started, in seconds since the epoch.
    worker
        Name that the worker gave, empty if none.
    added
        Whether a user chose the configuration, not the tuner.
    attempt
        Number of times that it was given to another worker.
    lost
        Number of workers that vanished with it.
    returned
        Whether a worker gave it back and no other has taken it yet.
    reports
        Intermediate results of the present attempt.
    result
        ``{"values": report}``, ``{"error": text}`` or ``{"stopped": True}``; None while it runs.
    ended
        When it ended, in seconds since the epoch, None while it runs.
    """

    number: int
    params: Mapping[str, Any]
    started: float
    worker: str = ""
    added: bool = False
    attempt: int = 0
    lost: int = 0
    returned: bool = False
    reports: list[ServedReport] = field(default_factory=list)
    result: Mapping[str, Any] | None = None
    ended: float | None = None

    @property
    def label(self) -> str:
        """Number and attempt, under which the assessor knows it."""
        return f"{self.number}-{self.attempt}" if self.attempt else str(self.number)

    @property
    def stop(self) -> bool:
        """Whether the assessor decided to stop it."""
        return any(report.stop for report in self.reports)


class TrialLog:
    """The trials of a study after the events so far.

    Parameters
    ----------
    events
        Events of the log, oldest first. Malformed ones are skipped with a warning.

    Attributes
    ----------
    trials : list of ServedTrial
        The trials by number.
    asked : dict
        Number and attempt of the trial that was given out for each idempotency key.

    Examples
    --------
    >>> from nni_hpo_ext.study import TrialLog
    >>> log = TrialLog([{"event": "ask", "number": 0, "attempt": 0, "params": {"lr": 0.1}}])
    >>> log.apply({"event": "result", "number": 0, "result": {"values": 0.9}})
    >>> log.trials[0].result
    {'values': 0.9}
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.trials: list[ServedTrial] = []
        self.asked: dict[str, tuple[int, int]] = {}
        self._handlers: Mapping[str, Callable[[Event], None]] = {
            "ask": self._ask,
            "report": self._report,
            "return": self._return,
            "result": self._result,
        }
        for event in events:
            try:
                self.apply(event)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                _logger.warning("skipped a malformed event of the log: %r", error)

    def apply(self, event: Event) -> None:
        """Apply an event; unknown ones are ignored.

        Raises
        ------
        KeyError, IndexError, TypeError, ValueError
            If it is malformed; then nothing changes.
        """
        handler = self._handlers.get(str(event.get("event")))
        if handler is not None:
            handler(event)

    def _ask(self, event: Event) -> None:
        number, attempt, time = int(event["number"]), int(event["attempt"]), _time(event)
        if number == len(self.trials):
            params = dict(event["params"])
            self.trials.append(
                ServedTrial(number, params, time, added=bool(event.get("added")), attempt=attempt)
            )
        trial = self.trials[number]
        if attempt > trial.attempt:
            trial.lost += not trial.returned
            trial.attempt, trial.returned, trial.started = attempt, False, time
            trial.reports = []
        trial.worker = str(event.get("worker") or "")
        if event.get("key"):
            self.asked[str(event["key"])] = (number, attempt)

    def _report(self, event: Event) -> None:
        report = ServedReport(event["value"], _time(event), bool(event["stop"]), event.get("key"))
        self.trials[event["number"]].reports.append(report)

    def _return(self, event: Event) -> None:
        self.trials[event["number"]].returned = True

    def _result(self, event: Event) -> None:
        trial = self.trials[event["number"]]
        trial.result, trial.ended = dict(event["result"]), _time(event)


def _time(event: Event) -> float:
    return float(event.get("time", 0.0))
