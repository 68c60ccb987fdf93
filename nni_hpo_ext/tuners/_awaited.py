"""Results that are on their way."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Awaited", "TrialKey"]

# The run of the experiment, counted from 0 and up at each resume, and the id within it.
TrialKey = tuple[int, object]

# A trial whose result is missing after so many ends for each running trial, reports or not.
_ROUNDS = 10


@dataclass
class _Wait:
    since: int  # number of suggestions before it ended
    reports: int = 0  # of trials that were suggested after it ended
    ends: int = 0


class Awaited:
    """Trials that ended well, and whose results have not come yet.

    NNI queues a trial's end and its result apart, and the end is often heard first. Results come in
    the order in which they were reported, so those of trials that were suggested later come later.
    Once as many of these have reported as trials run at once, a result that is still not there is
    missing.
    """

    def __init__(self) -> None:
        self._waits: dict[TrialKey, _Wait] = {}

    def __len__(self) -> int:
        return len(self._waits)

    def __contains__(self, key: TrialKey) -> bool:
        return key in self._waits

    def add(self, key: TrialKey, suggestions: int) -> None:
        """Wait for the result of a trial that ended after so many suggestions."""
        self._waits[key] = _Wait(suggestions)

    def drop(self, key: TrialKey) -> None:
        """Wait no longer: the result came, or is missing."""
        self._waits.pop(key, None)

    def overtaken(self, order: int, *, reported: bool) -> None:
        """Note a report, or an end without one, of the trial that was suggestion ``order``."""
        for wait in self._waits.values():
            if order >= wait.since:
                wait.reports += reported
                wait.ends += not reported

    def keys(self) -> list[TrialKey]:
        """Return all that are waited for."""
        return list(self._waits)

    def missing(self, running: int) -> list[TrialKey]:
        """Return those whose results would be there by now, given how many trials run."""
        running = max(1, running)
        return [
            key
            for key, wait in self._waits.items()
            if wait.reports >= running or wait.reports + wait.ends >= _ROUNDS * running
        ]
