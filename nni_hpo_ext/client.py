"""Client of `nni-hpo serve`."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from nni_hpo_ext.errors import ExperimentError

__all__ = ["TOKEN_VARIABLE", "Asked", "ServiceError", "StudyClient"]

TOKEN_VARIABLE = "NNI_HPO_TOKEN"
# A Bayesian tuner with a long history may take minutes for a suggestion.
_ANSWER_SECONDS = 600.0
_CONNECT_SECONDS = 10.0
_PAUSES = (0.1, 2.0)  # the first and the longest pause between two tries, in seconds
_UNAVAILABLE = (502, 503, 504)  # answers of a proxy whose service restarts


class ServiceError(ExperimentError):
    """The service refused a call or did not answer.

    Parameters
    ----------
    message
        The reason.
    status
        Status of the HTTP answer, None if there was none.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """A trial to run.

    Attributes
    ----------
    number
        Its number.
    attempt
        Number of times that it was given to another worker before.
    params
        Its configuration.
    lease_seconds
        Seconds without a call after which it is given to another worker.
    """

    number: int
    attempt: int
    params: Mapping[str, Any]
    lease_seconds: float


class StudyClient:
    """One study of a service. All calls are safe to repeat, and are repeated while it restarts.

    Parameters
    ----------
    url
        Address of the service, for example ``http://127.0.0.1:8090``.
    study
        Name of the study.
    token
        Token of the service or of the study; by default the environment variable
        ``NNI_HPO_TOKEN``.
    patience
        Seconds for which a service that does not answer is tried again.

    Examples
    --------
    >>> from nni_hpo_ext.client import StudyClient
    >>> study = StudyClient("http://127.0.0.1:8090", "digits", token="...")
    >>> trial = study.ask()  # doctest: +SKIP
    >>> study.report(trial, 0, 0.7)  # doctest: +SKIP
    False
    >>> study.tell(trial, {"values": 0.9})  # doctest: +SKIP
    """

    def __init__(
        self, url: str, study: str, token: str | None = None, patience: float = 60.0
    ) -> None:
        self.url = url.rstrip("/")
        self.study = study
        self._path = f"/v1/studies/{quote(study, safe='')}"
        self._patience = patience
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, and no password of ~/.netrc
        self._session.headers["Authorization"] = (
            f"Bearer {os.environ.get(TOKEN_VARIABLE, '') if token is None else token}"
        )

    def create(self, definition: Mapping[str, Any]) -> str:
        """Create the study, or find it if it has the same definition; return its token.

        Raises
        ------
        ServiceError
            If the service refuses, as all methods do.
        """
        return str(self._call("PUT", "", definition)["token"])

    def ask(
        self, params: Mapping[str, Any] | None = None, *, worker: str = "", wait: bool = True
    ) -> Asked | None:
        """Return a trial to run, None if there are no more.

        Parameters
        ----------
        params
            A configuration to run; by default the tuner suggests one.
        worker
            Name of this worker, for people.
        wait
            Whether to wait for trials that run elsewhere and may be given back.
        """
        body = {"worker": worker, **({} if params is None else {"params": dict(params)})}
        while True:
            response = self._send("POST", "/trials", body, {"Idempotency-Key": uuid.uuid4().hex})
            if response.status_code == 410:
                return None
            pause = response.headers.get("Retry-After")
            if response.status_code != 409 or pause is None:
                found = self._content(response)
                fields = ("number", "attempt", "params", "lease_seconds")
                return Asked(**{name: found[name] for name in fields})
            if not wait:
                return None
            time.sleep(float(pause))

    def report(self, trial: Asked, step: int, value: Any) -> bool:
        """Report an intermediate result; return whether the trial should stop.

        Parameters
        ----------
        trial
            The trial.
        step
            Number of earlier reports.
        value
            A number, a mapping from names to numbers, or None for a value that is not finite.
        """
        body = {"attempt": trial.attempt, "step": step, "value": value}
        return self._is_stop(self._call("POST", f"/trials/{trial.number}/reports", body))

    def renew(self, trial: Asked) -> bool:
        """Renew the lease of a trial; return whether the trial should stop."""
        body = {"attempt": trial.attempt}
        return self._is_stop(self._call("PUT", f"/trials/{trial.number}/lease", body))

    def give_back(self, trial: Asked) -> None:
        """Give a trial back, for another worker."""
        self._call("DELETE", f"/trials/{trial.number}/lease?attempt={trial.attempt}")

    def tell(self, trial: Asked, result: Mapping[str, Any]) -> None:
        """Tell the result: ``{"values": ...}``, ``{"error": text}`` or ``{"stopped": True}``."""
        body = {"attempt": trial.attempt, **result}
        self._call("PUT", f"/trials/{trial.number}/result", body)

    def log(self) -> dict[str, Any]:
        """Return the definition of the study and the events of its logs."""
        return dict(self._call("GET", "/log"))

    @staticmethod
    def _is_stop(answer: Mapping[str, Any]) -> bool:
        return bool(answer["decision"] == "stop")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._content(self._send(method, path, body))

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request, again if the service does not answer."""
        url, deadline, (pause, longest) = (
            f"{self.url}{self._path}{path}",
            time.monotonic() + self._patience,
            _PAUSES,
        )
        while True:
            try:
                response = self._session.request(
                    method,
                    url,
                    json=body,
                    headers=dict(headers or {}),
                    timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
                    allow_redirects=False,
                )
                if response.status_code not in _UNAVAILABLE:
                    return response
                problem = f"{response.status_code} {response.reason}"
            except (requests.ConnectionError, requests.Timeout) as error:
                problem = str(error)
            except (requests.RequestException, ValueError) as error:
                raise ServiceError(f"{method} {url}: {error}") from error
            if time.monotonic() + pause > deadline:
                raise ServiceError(f"{method} {url}: no answer in {self._patience:g} s: {problem}")
            time.sleep(pause)
            pause = min(2 * pause, longest)

    def _content(self, response: requests.Response) -> Any:
        try:
            content = response.json()
        except ValueError:
            content = None
        if response.ok and content is not None:
            return content
        detail = content.get("detail") if isinstance(content, Mapping) else None
        raise ServiceError(
            f"study {self.study}: {detail or f'{response.status_code} {response.reason}'}",
            response.status_code,
        )
