"""Read an experiment's database and logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.database import Database, Metric, decode_json, decode_reported
from nni_hpo_ext.space import is_number
from nni_hpo_ext.study._logs import ManagerLog, read_manager_log, trial_stderr

__all__ = ["Event", "ExperimentStore", "Metric", "decode_json", "decode_reported", "to_seconds"]


@dataclass(frozen=True, slots=True)
class Event:
    """One row of TrialJobEvent; ``data`` is what NNI queued, not what the trial received."""

    time: float
    job_id: str
    name: str
    data: Any
    number: int | None


class ExperimentStore(Database):
    """NNI's database and logs of an experiment.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.study import ExperimentStore
    >>> store = ExperimentStore(Path("~/nni-experiments/ID").expanduser())  # doctest: +SKIP
    >>> len(store.metrics(final_only=True))  # doctest: +SKIP
    100
    """

    def config(self) -> dict[str, Any]:
        """Return the config as the manager stores it; empty before the experiment starts."""
        rows = self.rows("select params from ExperimentProfile order by revision desc limit 1")
        config = decode_json(rows[0][0]) if rows else None
        return config if isinstance(config, dict) else {}

    def times(self) -> tuple[float | None, float | None]:
        """Return when the experiment started and ended, in seconds since the epoch."""
        rows = self.rows(
            "select startTime, endTime from ExperimentProfile order by revision desc limit 1"
        )
        return (to_seconds(rows[0][0]), to_seconds(rows[0][1])) if rows else (None, None)

    def log(self) -> ManagerLog:
        """Return the facts from the manager's log."""
        return read_manager_log(self.directory)

    def last_words(self, job_id: str) -> str:
        """Return the last line of a trial's stderr, or of its log if stderr is empty."""
        return trial_stderr(self.directory, job_id, lines=1).strip()

    def events(self) -> list[Event]:
        """Return the events of the trials, in order."""
        rows = self.rows(
            "select timestamp, trialJobId, event, data, sequenceId from TrialJobEvent"
            " where trialJobId != '' order by timestamp, rowid"
        )
        return [
            Event((t or 0) / 1000, job, name, decode_json(data), n)
            for t, job, name, data, n in rows
        ]


def to_seconds(milliseconds: Any) -> float | None:
    """Return NNI's time in seconds, None if there is none."""
    return milliseconds / 1000 if is_number(milliseconds) and milliseconds > 0 else None
