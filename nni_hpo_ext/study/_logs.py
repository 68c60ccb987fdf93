"""Read NNI's log files: trial parameters, reasons for stops, errors of the tuner."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nni_hpo_ext.files import existing_text, tail

__all__ = [
    "ManagerLog",
    "keep_stderr",
    "parse_manager_log",
    "read_manager_log",
    "trial_stderr",
    "tuner_error",
]

_SENT = re.compile(r"Trial parameter: (\w+) (\{.*\})")
_ASSESSED = re.compile(r'received command from dispatcher: KI, "(\w+)"')
_CANCELED = re.compile(r"User cancelTrialJob: (\w+)")
_OVERTIME = re.compile(r"Trial job (\w+) has been canceled because it is over max trial duration")
_CREATED = re.compile(r"Created trial (\w+) on worker (\d+)")
_WORKER = re.compile(r"\(RemoteV3\.Worker\.(\d+)\) Initializing SSH worker (\S+)")
_DEAD = re.compile(r"\(RemoteV3\.Worker\.(\d+)\) Trial keeper failed")

# The start of a message; lines without it, such as tracebacks, belong to the message before.
_MESSAGE = re.compile(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] (\w+) \(([^)]*\)?)\) ", re.MULTILINE)
# Messages of these loggers end the dispatcher; a tuner's own logged errors do not.
_FATAL_LOGGERS = ("nni.runtime.msg_dispatcher_base", "nni.main")
_REPORTED = "Report error to NNI manager:"  # the manager does not keep it


@dataclass(frozen=True)
class ManagerLog:
    """Facts from ``nnimanager.log``.

    Attributes
    ----------
    readable
        Whether the log exists and is detailed enough: what it lacks did not happen.
    parameters
        Configuration that each trial job received.
    parameter_ids
        NNI parameter id of each trial job.
    assessed
        Trial jobs that the assessor (or tuner) stopped.
    overtime
        Trial jobs that exceeded ``maxTrialDuration``.
    canceled
        Trial jobs that a user canceled.
    orphaned
        Host of the worker that NNI has lost, for each trial job that was there.
    """

    readable: bool = False
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parameter_ids: Mapping[str, str] = field(default_factory=dict)
    assessed: frozenset[str] = frozenset()
    overtime: frozenset[str] = frozenset()
    canceled: frozenset[str] = frozenset()
    orphaned: Mapping[str, str] = field(default_factory=dict)


def read_manager_log(directory: Path) -> ManagerLog:
    """Read the manager's log in an experiment's directory."""
    return parse_manager_log(existing_text(directory / "log" / "nnimanager.log"))


def parse_manager_log(text: str) -> ManagerLog:
    """Parse the text of a manager's log."""
    sent = {job: _form(form) for job, form in _SENT.findall(text)}
    return ManagerLog(
        readable=" INFO (" in text,
        parameters={j: f["parameters"] for j, f in sent.items() if "parameters" in f},
        parameter_ids={j: str(f["parameter_id"]) for j, f in sent.items() if "parameter_id" in f},
        assessed=frozenset(_ASSESSED.findall(text)),
        overtime=frozenset(_OVERTIME.findall(text)),
        canceled=frozenset(_CANCELED.findall(text)),
        orphaned=_orphaned(text),
    )


def _orphaned(text: str) -> dict[str, str]:
    hosts, dead = dict(_WORKER.findall(text)), set(_DEAD.findall(text))
    return {job: hosts.get(n, "") for job, n in _CREATED.findall(text) if n in dead}


def _form(text: str) -> dict[str, Any]:
    try:
        form = json.loads(text)
    except ValueError:
        return {}
    return form if isinstance(form, dict) else {}


def tuner_error(directory: Path) -> str:
    """Return the message and traceback that ended the dispatcher; empty if there is none.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.study import tuner_error
    >>> line = "[2026-01-31 12:00:00] ERROR (nni.main/MainThread) ValueError: no such arm"
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "log").mkdir()
    ...     _ = Path(folder, "log", "dispatcher.log").write_text(line)
    ...     tuner_error(Path(folder))
    'ValueError: no such arm'
    """
    text = existing_text(directory / "log" / "dispatcher.log")
    starts = list(_MESSAGE.finditer(text))
    ends = [m.start() for m in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends, strict=False):
        level, logger = match.group(1), match.group(2).partition("/")[0]
        message = text[match.end() : end].strip()
        if logger in _FATAL_LOGGERS and (level == "ERROR" or message.startswith(_REPORTED)):
            return message.removeprefix(_REPORTED).strip()
    return ""


def keep_stderr(directory: Path, job_id: str, text: str) -> None:
    """Keep the stderr of a trial of another machine, where `trial_stderr` finds it.

    Parameters
    ----------
    directory
        The experiment's directory.
    job_id
        NNI's trial job id.
    text
        Its stderr.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.study import keep_stderr, trial_stderr
    >>> with TemporaryDirectory() as folder:
    ...     keep_stderr(Path(folder), "Ab3dE", "MemoryError")
    ...     trial_stderr(Path(folder), "Ab3dE")
    'MemoryError'
    """
    trial = directory / "trials" / job_id  # where NNI's WebUI keeps such files, too
    trial.mkdir(parents=True, exist_ok=True)
    (trial / "trial.stderr").write_text(text, encoding="utf-8")


def trial_stderr(directory: Path, job_id: str, lines: int = 15) -> str:
    """Return the last lines of a trial's stderr, or of its log or stdout if stderr is empty.

    Parameters
    ----------
    directory
        The experiment's directory.
    job_id
        NNI's trial job id.
    lines
        Number of lines.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.study import trial_stderr
    >>> with TemporaryDirectory() as folder:
    ...     trial = Path(folder, "environments", "local-env", "trials", "Ab3dE")
    ...     trial.mkdir(parents=True)
    ...     _ = (trial / "trial.stderr").write_text("MemoryError")
    ...     trial_stderr(Path(folder), "Ab3dE")
    'MemoryError'
    """
    here = sorted((directory / "environments").glob(f"*/trials/{job_id}"))
    for trial in (*here, directory / "trials" / job_id):
        for name in ("trial.stderr", "trial.log", "trial.stdout"):
            text = tail(trial / name, lines)
            if text:
                return text
    return ""
