"""Read a running experiment from its manager over REST."""

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
# Pages of the WebUI: users copy their addresses.
_PAGES = ("/oview", "/detail", "/experiment", "/index.html")
_ONGOING = ("WAITING", "RUNNING", "UNKNOWN")


class RestStore:
    """Data on a running experiment, from its manager.

    Parameters
    ----------
    url
        Address of any page of its WebUI.

    Raises
    ------
    ExperimentError
        If no NNI manager answers at this address.

    Examples
    --------
    >>> from nni_hpo_ext.study import RestStore
    >>> store = RestStore("http://localhost:8080")  # doctest: +SKIP
    >>> store.id, store.status().status  # doctest: +SKIP
    ('k3xqzc9a', 'RUNNING')
    """

    def __init__(self, url: str) -> None:
        for page in _PAGES:
            url = url.rstrip("/").removesuffix(page)
        self._client = RestClient(url)
        self._profile = self._client.get("/experiment")
        if not isinstance(self._profile, Mapping) or not self._profile.get("id"):
            raise ExperimentError(
                f"{url}: no NNI experiment at this address; give the WebUI's address, for example "
                "http://localhost:8080"
            )
        self.id = str(self._profile["id"])

    @property
    def directory(self) -> Path | None:
        """The experiment's directory, None if it is not on this machine."""
        directory = Path(str(self._profile.get("logDir") or "."))
        return directory if (directory / "db" / "nni.sqlite").is_file() else None

    def status(self) -> ManagerStatus | None:
        """Return the manager's status, None if it no longer answers."""
        return self._client.status()

    def cancel(self, job_id: str) -> None:
        """Cancel a trial; see `RestClient.cancel`."""
        self._client.cancel(job_id)

    def stop(self) -> None:
        """Stop the experiment; see `RestClient.stop`."""
        self._client.stop()

    def config(self) -> dict[str, Any]:
        """Return the experiment's config."""
        return dict(self._profile.get("params") or {})

    def times(self) -> tuple[float | None, float | None]:
        """Return when the experiment started and ended, in seconds since the epoch."""
        return to_seconds(self._profile.get("startTime")), to_seconds(self._profile.get("endTime"))

    def events(self) -> list[Event]:
        """Return the events of the trials, rebuilt from their present states."""
        jobs = self._client.get("/trial-jobs", _DATA_SECONDS)
        return [event for job in jobs for event in _events(job)]

    def metrics(self, *, final_only: bool = False) -> list[Metric]:
        """Return the reported metrics, in order; optionally only the final results."""
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
        """Return the facts from the manager's log."""
        return self._log

    @cached_property
    def _log(self) -> ManagerLog:
        try:
            return parse_manager_log(self._client.log())
        except ExperimentError:  # behind a proxy that serves only the REST API
            return ManagerLog()

    def last_words(self, job_id: str) -> str:
        """Return the last line that a trial wrote to stderr, empty if it is not available."""
        try:
            text = str(self._client.get(f"/trial-file/{job_id}/trial.stderr"))
        except ExperimentError:
            return ""
        return ([line.strip() for line in text.splitlines() if line.strip()] or [""])[-1]


def _events(job: Mapping[str, Any]) -> Iterator[Event]:
    """Rebuild a job's events: the manager returns only its present state."""
    started, ended = to_seconds(job.get("startTime")), to_seconds(job.get("endTime"))
    job_id, number, status = str(job.get("trialJobId")), job.get("sequenceId"), job.get("status")
    forms = [decode_json(text) for text in job.get("hyperParameters") or ()]
    waiting = status in ("WAITING", "UNKNOWN")
    for form in forms or [None]:
        yield Event(started or 0.0, job_id, "WAITING" if waiting else "RUNNING", form, number)
    if status not in _ONGOING:
        yield Event(ended or started or 0.0, job_id, str(status), None, number)


def read_running(url: str) -> Study:
    """Read an experiment from its manager, and its journals if they are on this machine.

    Raises
    ------
    ExperimentError
        If no NNI manager answers at this address.

    Examples
    --------
    >>> from nni_hpo_ext.study import read_running
    >>> read_running("http://localhost:8080").best.values  # doctest: +SKIP
    {'default': 0.98}
    """
    store = RestStore(url)
    return study_of(store, store.id, url, store.directory)
