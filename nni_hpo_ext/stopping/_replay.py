"""Replay recorded trials under an early-stopping rule."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.stopping._monitor import Stopper

__all__ = ["RecordedTrial", "Replayed", "replay"]


@dataclass(frozen=True, slots=True)
class RecordedTrial:
    """A recorded trial.

    Attributes
    ----------
    name
        Its identifier.
    values
        The values that it reported; shape ``(steps,)``.
    offsets
        Seconds from its start to each report, non-decreasing; shape ``(steps,)``.
    seconds
        Seconds from its start to its end.
    start
        Seconds from the start of the experiment to the start of the trial.
    success
        Whether it completed.
    reports
        What the stopper receives instead of the values, such as dicts of several objectives;
        shape ``(steps,)``, or empty.
    """

    name: str
    values: tuple[float, ...]
    offsets: tuple[float, ...]
    seconds: float
    start: float = 0.0
    success: bool = True
    reports: tuple[Any, ...] = ()

    def report(self, step: int) -> Any:
        """Return what the stopper receives at a step, counted from 0."""
        return self.reports[step] if self.reports else self.values[step]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The outcome of a replayed trial.

    Attributes
    ----------
    trial
        The recorded trial.
    steps
        Number of values that it reported before it ended or was stopped.
    stopped
        Whether it was stopped.
    """

    trial: RecordedTrial
    steps: int
    stopped: bool

    @property
    def seconds(self) -> float:
        """Run time in seconds."""
        return self.trial.offsets[self.steps - 1] if self.stopped else self.trial.seconds


def replay(
    trials: Sequence[RecordedTrial], stopper: Stopper, workers: int | None = None
) -> list[Replayed]:
    """Replay recorded trials under a stopper; a stop takes effect immediately.

    Parameters
    ----------
    trials
        The trials, in the order in which they start.
    stopper
        Receives every report and every end, and may stop a trial.
    workers
        Number of trials that run at a time; the next one starts as soon as one has ended. None
        starts each trial at its recorded time.

    Returns
    -------
    list of Replayed
        In the order of ``trials``.

    Examples
    --------
    >>> from nni_hpo_ext.stopping import MedianRule, Monitor
    >>> good, bad = (
    ...     RecordedTrial(name, (value,) * 3, (1.0, 2.0, 3.0), seconds=4.0)
    ...     for name, value in {"good": 0.9, "bad": 0.1}.items()
    ... )
    >>> results = replay([good, bad], Monitor(MedianRule(min_completed=1)), workers=1)
    >>> [(r.trial.name, r.steps, r.stopped, r.seconds) for r in results]
    [('good', 3, False, 4.0), ('bad', 1, True, 1.0)]
    """
    run = _Run(trials, stopper)
    waiting = iter(range(len(trials)))
    if workers is None:
        for i in waiting:
            run.start(i, trials[i].start)
    for _, i in zip(range(workers or 0), waiting, strict=False):
        run.start(i, 0.0)
    while run.events:
        ended_at = run.step()
        if ended_at is not None and (following := next(waiting, None)) is not None:
            run.start(following, ended_at)
    return [run.ended[i] for i in range(len(trials))]


class _Run:
    def __init__(self, trials: Sequence[RecordedTrial], stopper: Stopper) -> None:
        self._trials = trials
        self._stopper = stopper
        self._started: dict[int, float] = {}
        # (time, trial, number of earlier reports); ties go to the earlier trial.
        self.events: list[tuple[float, int, int]] = []
        self.ended: dict[int, Replayed] = {}

    def start(self, i: int, time: float) -> None:
        self._started[i] = time
        self._plan(i, 0)

    def _plan(self, i: int, step: int) -> None:
        trial = self._trials[i]
        offset = trial.offsets[step] if step < len(trial.values) else trial.seconds
        heapq.heappush(self.events, (self._started[i] + offset, i, step))

    def step(self) -> float | None:
        """Handle the next event; return its time if a trial ended."""
        time, i, step = heapq.heappop(self.events)
        trial = self._trials[i]
        over = step == len(trial.values)
        if not over and not self._stopper.report(trial.name, [trial.report(step)]).stop:
            self._plan(i, step + 1)
            return None
        self._stopper.end(trial.name, over and trial.success)
        self.ended[i] = Replayed(trial, step if over else step + 1, not over)
        return time
