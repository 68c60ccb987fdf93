"""Detect a tuner that does not answer: stopped, in an endless loop, or very slow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import psutil

from nni_hpo_ext.experiment._processes import is_stopped
from nni_hpo_ext.experiment._verdict import Kind, Outcome
from nni_hpo_ext.render.text import duration
from nni_hpo_ext.study import TrialRecord

__all__ = ["Stall"]

# A suggestion may take several seconds, and much longer on a busy machine.
_PATIENCE_SECONDS = 60.0
# The first one also waits for the tuner's imports.
_START_SECONDS = 180.0
# A wait this many times longer than all earlier ones is unusual for the tuner.
_FACTOR = 10.0
# A stopped process never answers.
_STOPPED_SECONDS = 15.0


class Stall:
    """Detects that a free slot waits unusually long for a suggestion.

    Parameters
    ----------
    config
        The experiment's config, for its concurrency and budget.
    timeout
        Seconds without a suggestion after which the experiment ends, None for no limit.
    note
        Prints a line.
    """

    def __init__(
        self, config: Mapping[str, Any], timeout: float | None, note: Callable[[str], None]
    ) -> None:
        self._concurrency = int(config.get("trialConcurrency") or 1)
        self._budget = config.get("maxTrialNumber")
        self._timeout = math.inf if timeout is None else timeout
        self._note = note
        self._known = 0
        self._since: float | None = None
        self._longest = 0.0
        self._noted_after = 0.0

    def judge(
        self, trials: Sequence[TrialRecord], now: float, dispatcher: psutil.Process | None
    ) -> Outcome | None:
        """Return why the experiment ends, None while it continues.

        Parameters
        ----------
        trials
            All trials so far.
        now
            Seconds of a monotonic clock.
        dispatcher
            The tuner's process, None if it has ended.
        """
        waited = self._waited(trials, now)
        if dispatcher is None or waited <= self._limit(trials, dispatcher):
            return None
        if waited > self._most(trials):
            reason = f"no suggestion for {duration(waited)} (--stall-timeout {self._timeout:g})"
            return Outcome(Kind.STALLED, f"{reason}; {_state(dispatcher)}")
        if waited > 2 * self._noted_after:
            self._noted_after = waited
            self._note(f"No suggestion for {duration(waited)}: {_state(dispatcher)}")
        return None

    def _waited(self, trials: Sequence[TrialRecord], now: float) -> float:
        """Return how many seconds a slot has been free."""
        active = sum(not t.end.over for t in trials)
        room = self._concurrency
        if self._budget:
            room = min(room, int(self._budget) - len(trials) + active)
        if len(trials) > self._known or active >= room or self._since is None:
            if self._since is not None and len(trials) > self._known:
                self._longest = max(self._longest, now - self._since)
            self._known, self._noted_after = len(trials), 0.0
            self._since = now
        return now - self._since

    def _limit(self, trials: Sequence[TrialRecord], dispatcher: psutil.Process) -> float:
        """Return how many seconds without a suggestion are normal."""
        pace = median([t.seconds or 0.0 for t in trials if t.end.over] or [0.0])
        usual = max(_PATIENCE_SECONDS, self._startup(trials), pace, _FACTOR * self._longest)
        limit = _STOPPED_SECONDS if is_stopped(dispatcher) else usual
        return min(limit, self._most(trials))

    def _most(self, trials: Sequence[TrialRecord]) -> float:
        """Return how many seconds without a suggestion end the experiment."""
        return max(self._timeout, self._startup(trials))

    @staticmethod
    def _startup(trials: Sequence[TrialRecord]) -> float:
        """Return the seconds that the first suggestion may always take."""
        return 0.0 if trials else _START_SECONDS


def _state(process: psutil.Process) -> str:
    """Describe the tuner's process."""
    if is_stopped(process):
        pid = process.pid
        return f"the tuner's process {pid} is stopped; continue it with kill -CONT {pid}"
    try:
        share = process.cpu_percent(interval=0.5)
    except psutil.Error:
        return f"the tuner's process {process.pid} has ended"
    busy = "computes" if share > 20 else "waits without computing"
    return (
        f"the tuner's process {process.pid} {busy} ({share:.0f} % CPU); "
        "end the run with Ctrl-C, or automatically with --stall-timeout SECONDS"
    )
