"""Talk to a running NNI manager over REST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from nni_hpo_ext.errors import ExperimentError

__all__ = ["ManagerStatus", "RestClient"]

# A manager that is busy starting trials may take some seconds to answer.
_READ_SECONDS = 5.0
# The manager answers a start only after it has set up the tuner's process.
_START_SECONDS = 60.0
# The log of a long experiment is some megabytes.
_LOG_SECONDS = 60.0
_API = "/api/v1/nni"


@dataclass(frozen=True, slots=True)
class ManagerStatus:
    """Status of a manager.

    Attributes
    ----------
    status
        NNI's status: ``INITIALIZED``, ``RUNNING``, ``NO_MORE_TRIAL``, ``TUNER_NO_MORE_TRIAL``,
        ``DONE``, ``ERROR``, ``STOPPING``, ``STOPPED``.
    errors
        NNI's error messages.
    """

    status: str
    errors: tuple[str, ...] = ()


class RestClient:
    """REST client of an NNI manager.

    Parameters
    ----------
    url
        Address of its WebUI.

    Examples
    --------
    >>> from nni_hpo_ext.study import RestClient
    >>> client = RestClient("http://localhost:8080")
    >>> client.status()  # doctest: +SKIP
    ManagerStatus(status='RUNNING', errors=())
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def status(self) -> ManagerStatus | None:
        """Return the manager's status, None if it does not answer (yet)."""
        try:
            answer = self.get("/check-status")
        except ExperimentError:
            return None
        if not isinstance(answer, Mapping):  # the string INITIALIZING during startup
            return None
        errors = answer.get("errors") or ()
        return ManagerStatus(str(answer.get("status")), tuple(str(e) for e in errors))

    def start(self, config: Mapping[str, Any]) -> None:
        """Start the experiment.

        Raises
        ------
        ExperimentError
            If the manager refuses the config or does not answer.
        """
        self._request("POST", f"{_API}/experiment", _START_SECONDS, config)

    def cancel(self, job_id: str) -> None:
        """Cancel a trial: it gets SIGINT, and SIGKILL 5 s later.

        Raises
        ------
        ExperimentError
            If the manager refuses or does not answer.
        """
        self._request("DELETE", f"{_API}/trial-jobs/{job_id}", _READ_SECONDS)

    def stop(self) -> None:
        """Stop the experiment, with its trials and its manager.

        Raises
        ------
        ExperimentError
            If the manager refuses or does not answer.
        """
        self._request("DELETE", f"{_API}/experiment", _READ_SECONDS)

    def set_duration(self, seconds: int) -> None:
        """Set ``maxExperimentDuration`` of the running experiment.

        Raises
        ------
        ExperimentError
            If the manager refuses or does not answer.
        """
        profile = self.get("/experiment")
        profile["params"]["maxExperimentDuration"] = seconds
        path = f"{_API}/experiment?update_type=MAX_EXEC_DURATION"
        self._request("PUT", path, _READ_SECONDS, profile)

    def get(self, path: str, seconds: float = _READ_SECONDS) -> Any:
        """Return the answer to a GET request, for example for ``/trial-jobs``.

        Raises
        ------
        ExperimentError
            If the manager refuses or does not answer within the given seconds.
        """
        return self._request("GET", _API + path, seconds)

    def log(self) -> str:
        """Return the text of the manager's log.

        Raises
        ------
        ExperimentError
            If the manager does not return it.
        """
        return str(self._request("GET", "/logs/nnimanager.log", _LOG_SECONDS))

    def _request(
        self, method: str, path: str, seconds: float, body: Mapping[str, Any] | None = None
    ) -> Any:
        # Without "close" the manager waits 5 s for the connection when it shuts down.
        headers = {"Connection": "close"}
        try:
            response = requests.request(
                method, self.url + path, json=body, timeout=seconds, headers=headers
            )
        except requests.RequestException as error:
            raise ExperimentError(f"NNI manager: {method} {path}: {error}") from error
        if not response.ok:
            raise ExperimentError(
                f"NNI manager: {method} {path}: {response.status_code} {response.text.strip()}"
            )
        try:
            return response.json() if response.content else None
        except ValueError:
            return response.text
