"""REST client of a running NNI manager."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from nni_hpo_ext.errors import ExperimentError

__all__ = ["ManagerStatus", "RestClient"]

# A manager that is busy starting trials may take some seconds to answer.
_READ_SECONDS = 5.0
# Starting an experiment answers only after the tuner's process was set up.
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ManagerStatus:
    """What the manager says of itself.

    Attributes
    ----------
    status
        NNI's word: ``INITIALIZED``, ``RUNNING``, ``NO_MORE_TRIAL``, ``TUNER_NO_MORE_TRIAL``,
        ``DONE``, ``ERROR``, ``STOPPING``, ``STOPPED``.
    errors
        What went wrong, in NNI's words.
    """

    status: str
    errors: tuple[str, ...] = ()


class RestClient:
    """Talks to the manager at a port of this machine.

    Parameters
    ----------
    port
        Port of the WebUI.
    """

    def __init__(self, port: int) -> None:
        self._base = f"http://localhost:{port}/api/v1/nni"

    def status(self) -> ManagerStatus | None:
        """Return the manager's status, None if it does not answer (yet)."""
        try:
            answer = self._request("GET", "/check-status", _READ_SECONDS)
        except ExperimentError:
            return None
        if not isinstance(answer, Mapping):  # the plain word INITIALIZING, while it starts
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
        self._request("POST", "/experiment", _START_SECONDS, config)

    def _request(
        self, method: str, path: str, seconds: float, body: Mapping[str, Any] | None = None
    ) -> Any:
        # Without "close" the manager waits 5 s for the connection when it shuts down.
        headers = {"Connection": "close"}
        try:
            response = requests.request(
                method, self._base + path, json=body, timeout=seconds, headers=headers
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
