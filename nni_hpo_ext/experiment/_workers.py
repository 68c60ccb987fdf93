"""Look after the worker machines of a running experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nni_hpo_ext.experiment._verdict import Kind, Outcome
from nni_hpo_ext.remote import end_experiment, fetch_stderr, machines_of
from nni_hpo_ext.study import End, TrialRecord, keep_stderr, lost_workers

__all__ = ["Workers"]


class Workers:
    """The worker machines of an experiment; without any, its methods do nothing.

    Parameters
    ----------
    config
        The experiment's config in NNI's canonical form.
    directory
        The experiment's directory.
    """

    def __init__(self, config: Mapping[str, Any], directory: Path) -> None:
        self._machines = machines_of(config)
        # A hybrid service has other trials too, and throws the output of trials away.
        self._hybrid = isinstance(config.get("trainingService"), list)
        self._directory = directory
        self._fetched: set[str] = set()
        self._lost = 0

    def fetch(self, trials: Sequence[TrialRecord]) -> bool:
        """Fetch the stderr of trials that have failed since; return whether there is any."""
        new = [t.job_id for t in trials if t.end is End.FAILED and t.job_id not in self._fetched]
        if not new or not self._machines or self._hybrid:
            return False
        self._fetched.update(new)
        found = fetch_stderr(self._machines, self._directory.name, new)
        for job_id, text in found.items():
            keep_stderr(self._directory, job_id, text)
        return bool(found)

    def judge(self, note: Callable[[str], None]) -> Outcome | None:
        """Say which workers NNI has lost; return an outcome if none is left."""
        if not self._machines:
            return None
        lost = lost_workers(self._directory)
        for host, reason in lost[self._lost :]:
            note(f"Worker {host} is lost: {reason}")
        self._lost = len(lost)
        if not self._hybrid and len(lost) >= len(self._machines):
            return Outcome(Kind.FAILED, "all worker machines are lost")
        return None

    def end(self) -> dict[str, int]:
        """End what is left on the machines; return the number of processes per machine."""
        return end_experiment(self._machines, self._directory.name) if self._machines else {}
