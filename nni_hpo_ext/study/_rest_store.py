"""An experiment as a running manager tells of it over REST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.study._logs import ManagerLog, parse_manager_log
from nni_hpo_ext.study._read import study_of
from nni_hpo_ext.study._rest import ManagerStatus, RestClient
from nni_hpo_ext.study._store import Event, Metric, decode_json, decode_reported, to_seconds
from nni_hpo_ext.study._study import Study

__all__ = ["RestStore", "read_running"]

# All metrics of a large experiment are some tens of megabytes.
_DATA_SECONDS = 120.0
# Pages of the WebUI, whose address a user may copy.
_PAGES = ("/oview", "/detail", "/experiment", "/index.html")
_ONGOING = ("WAITING", "RUNNING", "UNKNOWN")


class RestStore:
    """What a running manager answers.

    Parameters
    ----------
    url
        Address of its WebUI, any page of it.

    Raises
    ------
    ExperimentError
        If no NNI manager answers there.
    """

    def __init__(self, url: str) -> None:
        for page in _PAGES:
            url = url.rstrip("/").removesuffix(page)
        self._client = RestClient(url)
        self._profile = self._client.get("/experiment")
        if not isinstance(self._profile, Mapping) or not self._profile.get("id"):
            raise ExperimentError(
                f"{url}: no NNI experiment answers there; give the WebUI's address, for example "
                "http://localhost:8080"
            )
        self.id = str(self._profile["id"])

    @property
    def directory(self) -> Path | None:
        """The experiment's directory, if it is on this machine."""
        directory = Path(str(self._profile.get("logDir") or "."))
        return directory if (directory / "db" / "nni.sqlite").is_file() else None

    def status(self) -> ManagerStatus | None:
        """Return the manager's status, None if it does not answer any more."""
        return self._client.status()

    def config(self) -> dict[str, Any]:
        """Return the experiment's config."""
        return dict(self._profile.get("params") or {})

    def times(self) -> tuple[float | None, float | None]:
        """Return when the experiment started and ended, in seconds since the epoch."""
        return to_seconds(self._profile.get("startTime")), to_seconds(self._profile.get("endTime"))

    def events(self) -> list[Event]:
        """Return what happened to the trials, as far as the answers tell."""
        jobs = self._client.get("/trial-jobs", _DATA_SECONDS)
        return [event for job in jobs for event in _events(job)]

    def metrics(self, *, final_only: bool = False) -> list[Metric]:
        """Return what the trials reported, in order; optionally the final results only."""
        rows = self._client.get(
            "/metric-data/" + ("?type=FINAL" if final_only else ""), _DATA_SECONDS
        )
        found = [
            Metric(
                (row.get("timestamp") or 0) / 1000,
                str(row.get("trialJobId")),
                row.get("parameterId"),
                row.get("type") == "FINAL",
                row.get("sequence") or 0,
                decode_reported(row.get("data")),
            )
            for row in rows
        ]
        return sorted(found, key=lambda m: m.time)

    def log(self) -> ManagerLog:
        """Return what the manager's log says."""
        return self._log

    @cached_property
    def _log(self) -> ManagerLog:
        try:
            return parse_manager_log(self._client.log())
        except ExperimentError:  # behind a proxy that serves the interface alone
            return ManagerLog()

    def last_words(self, job_id: str) -> str:
        """Return the last line that a trial wrote to stderr, empty if it cannot be had."""
        try:
            text = str(self._client.get(f"/trial-file/{job_id}/trial.stderr"))
        except ExperimentError:
            return ""
        return ([line.strip() for line in text.splitlines() if line.strip()] or [""])[-1]


def _events(job: Mapping[str, Any]) -> Iterator[Event]:
    """Tell a job's story again: where it stands is all that the manager answers."""
    started, ended = to_seconds(job.get("startTime")), to_seconds(job.get("endTime"))
    job_id, number, status = str(job.get("trialJobId")), job.get("sequenceId"), job.get("status")
    forms = [decode_json(text) for text in job.get("hyperParameters") or ()]
    waiting = status in ("WAITING", "UNKNOWN")
    for form in forms or [None]:
        yield Event(started or 0.0, job_id, "WAITING" if waiting else "RUNNING", form, number)
    if status not in _ONGOING:
        yield Event(ended or started or 0.0, job_id, str(status), None, number)


def read_running(url: str) -> Study:
    """Read an experiment from its manager; its journals, too, if they are on this machine.

    Raises
    ------
    ExperimentError
        If no NNI manager answers there.
    """
    store = RestStore(url)
    return study_of(store, store.id, url, store.directory)
