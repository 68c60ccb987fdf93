"""Run trial scripts written for NNI against a study of `nni-hpo serve`."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from nni_hpo_ext.client import Asked, ServiceError, StudyClient
from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.files import finite
from nni_hpo_ext.metrics import NO_RESULT
from nni_hpo_ext.trial_process import TrialProcess

__all__ = ["work"]

_POLL_SECONDS = 0.1
_STOP_SECONDS = 5.0  # from SIGINT to SIGKILL, as in NNI
_INVALID = 422
_TAKEN = 409


def work(
    client: StudyClient,
    command: Sequence[str],
    say: Callable[[str], None],
    *,
    most: int | None = None,
    max_failures: int = 3,
) -> int:
    """Run trials until the study has no more; return their number.

    Parameters
    ----------
    client
        The study.
    command
        The trial's program and its arguments.
    say
        Called with a line about each trial.
    most
        Largest number of trials, None for no limit.
    max_failures
        Give up after so many trials in a row that failed with the same error; 0 for no limit.

    Raises
    ------
    ExperimentError
        If the service refuses or does not answer, the command cannot be started, or too many
        trials fail.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM; the running trial is given back first.

    Examples
    --------
    >>> study = StudyClient("http://127.0.0.1:8090", "digits")
    >>> work(study, ["python", "trial.py"], print)  # doctest: +SKIP
    trial 0: 0.93
    1
    """
    name = f"{socket.gethostname()}-{os.getpid()}"
    count, errors = 0, [""]
    with _interruptible():
        while most is None or count < most:
            asked = client.ask(worker=name)
            if asked is None:
                break
            error = _run(client, asked, command, say)
            count += 1
            errors = [*errors, error] if error and error == errors[-1] else [error]
            if error and len(errors) == max_failures:
                raise ExperimentError(f"{max_failures} trials in a row failed: {error}")
    return count


def _run(
    client: StudyClient, asked: Asked, command: Sequence[str], say: Callable[[str], None]
) -> str:
    """Run a trial and tell its result; return its error, empty if it has none."""
    with tempfile.TemporaryDirectory(prefix="nni-hpo-trial-") as scratch:
        try:
            with TrialProcess(
                command,
                asked.params,
                Path(scratch),
                code_directory=os.getcwd(),
                experiment=client.study,
                job=f"trial-{asked.number}",
                number=asked.number,
            ) as process:
                result = _Run(client, asked, process, say).result()
        except (OSError, KeyboardInterrupt) as error:
            client.give_back(asked)
            if isinstance(error, OSError):
                raise ExperimentError(f"{shlex.join(command)}: {error.strerror}") from error
            raise
        except ServiceError as error:
            if error.status != _TAKEN:
                raise
            say(f"trial {asked.number}: {error}")
            return ""
    say(f"trial {asked.number}: {result.get('error') or result.get('values') or 'stopped'}")
    return str(result.get("error") or "")


class _Run:
    """A trial that runs."""

    def __init__(
        self, client: StudyClient, asked: Asked, process: TrialProcess, say: Callable[[str], None]
    ) -> None:
        self._client = client
        self._asked = asked
        self._process = process
        self._say = say
        self._steps = 0
        self._finals: list[Any] = []
        self._stopped: float | None = None  # when it was told to stop
        self._renewed = time.monotonic()

    def result(self) -> Mapping[str, Any]:
        """Follow the trial to its end, tell its result and return it."""
        code = None
        while code is None:
            code = self._process.wait(_POLL_SECONDS)
            for kind, value in self._process.new_reports():
                self._pass_on(kind, finite(value))
            self._keep()
        result = self._outcome(code)
        try:
            self._client.tell(self._asked, result)
        except ServiceError as error:
            if error.status != _INVALID:
                raise
            result = {"error": f"unusable final result: {error}"[:2000]}
            self._client.tell(self._asked, result)
        return result

    def _pass_on(self, kind: str, value: Any) -> None:
        if kind == "FINAL":
            self._finals.append(value)
            return
        if kind != "PERIODICAL":
            return
        try:
            stop = self._client.report(self._asked, self._steps, value)
        except ServiceError as error:
            if error.status != _INVALID:
                raise
            self._say(f"trial {self._asked.number}: {error}")
            return
        self._steps += 1
        self._renewed = time.monotonic()
        self._obey(stop)

    def _keep(self) -> None:
        """Renew the lease in time, and end a trial that goes on after its stop."""
        now = time.monotonic()
        if self._stopped is not None and now > self._stopped + _STOP_SECONDS:
            self._process.kill()
        if now > self._renewed + self._asked.lease_seconds / 3:
            self._renewed = now
            self._obey(self._client.renew(self._asked))

    def _obey(self, stop: bool) -> None:
        if stop and self._stopped is None:
            self._stopped = time.monotonic()
            self._process.interrupt()

    def _outcome(self, code: int) -> Mapping[str, Any]:
        if self._finals and (code == 0 or self._stopped is not None):
            return {"values": self._finals[-1]}
        if self._stopped is not None:
            return {"stopped": True}
        if code == 0:
            return {"error": NO_RESULT}
        said = self._process.said().splitlines()
        return {"error": (said[-1] if said else f"ended with exit code {code}")[:2000]}


@contextmanager
def _interruptible() -> Iterator[None]:
    """Treat SIGTERM as Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
