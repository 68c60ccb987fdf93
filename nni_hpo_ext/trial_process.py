"""The process of a trial, started as NNI's local training service does, without a manager."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nni_hpo_ext.database import decode_reported
from nni_hpo_ext.files import tail

__all__ = ["TrialProcess", "search_path"]

_HEADER = 8  # bytes: ``ME`` and six digits of length


class TrialProcess:
    """A trial's process; use it as a context, which ends it.

    ``nni.get_next_parameter`` reads a file in ``directory``, and ``nni.report_...`` write to one.

    Parameters
    ----------
    command
        The program and its arguments.
    params
        Configuration of the trial.
    directory
        Where its files and its output go.
    code_directory
        Working directory of the command.
    experiment, job, number
        What NNI's functions tell the trial about itself.
    environment
        Further environment variables.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> script = "import nni; nni.report_final_result(nni.get_next_parameter()['lr'])"
    >>> with TemporaryDirectory() as folder:
    ...     with TrialProcess([sys.executable, "-c", script], {"lr": 0.1}, Path(folder)) as trial:
    ...         code = trial.wait(60)
    ...         reports = list(trial.new_reports())
    >>> code, reports
    (0, [('FINAL', 0.1)])
    """

    def __init__(
        self,
        command: Sequence[str],
        params: Mapping[str, Any],
        directory: Path,
        *,
        code_directory: Path | str = ".",
        experiment: str = "trial",
        job: str = "trial",
        number: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._directory = directory
        self._metrics = directory / ".nni" / "metrics"
        self._read = 0
        record = {"parameter_id": number, "parameter_source": "algorithm", "parameters": params}
        (directory / "parameter.cfg").write_text(json.dumps(record), encoding="utf-8")
        ids = {"NNI_EXP_ID": experiment, "NNI_TRIAL_JOB_ID": job, "NNI_TRIAL_SEQ_ID": str(number)}
        with (
            (directory / "trial.stdout").open("wb") as out,
            (directory / "trial.stderr").open("wb") as err,
        ):
            self._process = subprocess.Popen(
                list(command),
                cwd=code_directory,
                env={**_environment(directory, code_directory), **ids, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; return its exit code, None if it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def interrupt(self) -> None:
        """Send SIGINT, with which NNI stops a trial; SIGKILL follows after 5 s there."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it and the processes that it started."""
        with contextlib.suppress(ProcessLookupError):  # nothing is left to kill
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def new_reports(self) -> Iterator[tuple[str, Any]]:
        """Yield the reports since the last call: ``PERIODICAL`` or ``FINAL``, and the value."""
        content = b""
        if self._metrics.is_file():
            with self._metrics.open("rb") as file:
                file.seek(self._read)
                content = file.read()
        while content[:2] == b"ME" and content[2:_HEADER].isdigit():
            end = _HEADER + int(content[2:_HEADER])
            if len(content) < end:  # the rest is still being written
                return
            metric = decode_reported(content[_HEADER:end].decode("utf-8", "replace"))
            content = content[end:]
            self._read += end
            if isinstance(metric, Mapping) and "type" in metric:
                yield str(metric["type"]), decode_reported(metric.get("value"))

    def said(self) -> str:
        """Return the last lines of its stderr, or of its stdout if stderr is empty."""
        return tail(self._directory / "trial.stderr") or tail(self._directory / "trial.stdout")


def search_path() -> str:
    """Return ``PATH`` with the directory of this interpreter first, where trials find ``python3``.

    Examples
    --------
    >>> search_path().split(os.pathsep)[0] == str(Path(sys.executable).parent)
    True
    """
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _environment(directory: Path, code_directory: Path | str) -> dict[str, str]:
    """Return the environment of a trial in NNI, without its manager's address.

    Without the address, NNI's trial functions use files. ``python`` is this interpreter.
    """
    return {
        **os.environ,
        "PATH": search_path(),
        "NNI_PLATFORM": "local",
        "NNI_CODE_DIR": str(code_directory),
        "NNI_SYS_DIR": str(directory),
        "NNI_OUTPUT_DIR": str(directory),
    }
