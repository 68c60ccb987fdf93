"""Final results that NNI has not delivered yet."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Awaited", "TrialKey"]

# The run of the experiment, from 0 and incremented at each resume, and the id within it.
TrialKey = tuple[int, object]

# Number of later ends per running trial after which a result is missing in any case.
_ROUNDS = 10


@dataclass
class _Wait:
    since: int  # number of suggestions before it ended
    reports: int = 0  # of trials suggested after it ended
    ends: int = 0  # without a report, of trials suggested after it ended


class Awaited:
    """Successful trials whose results have not arrived yet.

    NNI queues a trial's end and its result separately, and the end often arrives first. Results
    arrive in the order in which they were reported, so those of trials suggested later arrive
    later. Once as many of these have reported as trials run concurrently, a result that has not
    arrived is missing.
    """

    def __init__(self) -> None:
        self._waits: dict[TrialKey, _Wait] = {}

    def __len__(self) -> int:
        return len(self._waits)

    def __contains__(self, key: TrialKey) -> bool:
        return key in self._waits

    def add(self, key: TrialKey, suggestions: int) -> None:
        """Wait for the result of a trial that ended after ``suggestions`` suggestions."""
        self._waits[key] = _Wait(suggestions)

    def drop(self, key: TrialKey) -> None:
        """Stop waiting: the result has arrived or is missing."""
        self._waits.pop(key, None)

    def overtaken(self, order: int, *, reported: bool) -> None:
        """Count a report of suggestion number ``order``, or its end without one."""
        for wait in self._waits.values():
            if order >= wait.since:
                wait.reports += reported
                wait.ends += not reported

    def keys(self) -> list[TrialKey]:
        """Return the trials whose results are awaited."""
        return list(self._waits)

    def missing(self, running: int) -> list[TrialKey]:
        """Return the trials whose results are overdue, given the number of running trials."""
        running = max(1, running)
        return [
            key
            for key, wait in self._waits.items()
            if wait.reports >= running or wait.reports + wait.ends >= _ROUNDS * running
        ]
