"""What NNI's log files alone know: which trial got what, who killed it, why a tuner died."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = [
    "ManagerLog",
    "parse_manager_log",
    "read_manager_log",
    "tail",
    "trial_stderr",
    "tuner_error",
]

_SENT = re.compile(r"Trial parameter: (\w+) (\{.*\})")
_ASSESSED = re.compile(r'received command from dispatcher: KI, "(\w+)"')
_CANCELED = re.compile(r"User cancelTrialJob: (\w+)")
_OVERTIME = re.compile(r"Trial job (\w+) has been canceled because it is over max trial duration")

# The start of each message; what follows without one belongs to it, as tracebacks do.
_MESSAGE = re.compile(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] (\w+) \(([^)]*\)?)\) ", re.MULTILINE)
# Messages of these loggers end the dispatcher; a tuner's own logged errors do not.
_FATAL_LOGGERS = ("nni.runtime.msg_dispatcher_base", "nni.main")
_REPORTED = "Report error to NNI manager:"  # the manager itself forgets what it was told


@dataclass(frozen=True)
class ManagerLog:
    """Facts from ``nnimanager.log``.

    Attributes
    ----------
    readable
        Whether the log is there and detailed enough to be trusted in what it does not say.
    parameters
        Configuration that each trial job received.
    parameter_ids
        Its NNI parameter id.
    assessed
        Trial jobs that the assessor (or tuner) told the manager to stop.
    overtime
        Trial jobs that exceeded ``maxTrialDuration``.
    canceled
        Trial jobs that a user canceled.
    """

    readable: bool = False
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parameter_ids: Mapping[str, str] = field(default_factory=dict)
    assessed: frozenset[str] = frozenset()
    overtime: frozenset[str] = frozenset()
    canceled: frozenset[str] = frozenset()


def read_manager_log(directory: Path) -> ManagerLog:
    """Read the manager's log in an experiment's directory."""
    return parse_manager_log(_text(directory / "log" / "nnimanager.log"))


def parse_manager_log(text: str) -> ManagerLog:
    """Read the text of a manager's log."""
    sent = {job: _form(form) for job, form in _SENT.findall(text)}
    return ManagerLog(
        readable=" INFO (" in text,
        parameters={j: f["parameters"] for j, f in sent.items() if "parameters" in f},
        parameter_ids={j: str(f["parameter_id"]) for j, f in sent.items() if "parameter_id" in f},
        assessed=frozenset(_ASSESSED.findall(text)),
        overtime=frozenset(_OVERTIME.findall(text)),
        canceled=frozenset(_CANCELED.findall(text)),
    )


def _form(text: str) -> dict[str, Any]:
    try:
        form = json.loads(text)
    except ValueError:
        return {}
    return form if isinstance(form, dict) else {}


def tuner_error(directory: Path) -> str:
    """Return the message and traceback that ended the dispatcher; empty if there is none."""
    text = _text(directory / "log" / "dispatcher.log")
    starts = list(_MESSAGE.finditer(text))
    ends = [m.start() for m in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends, strict=False):
        level, logger = match.group(1), match.group(2).partition("/")[0]
        said = text[match.end() : end].strip()
        if logger in _FATAL_LOGGERS and (level == "ERROR" or said.startswith(_REPORTED)):
            return said.removeprefix(_REPORTED).strip()
    return ""


def trial_stderr(directory: Path, job_id: str, lines: int = 15) -> str:
    """Return the last lines that a trial wrote to stderr, else to its log.

    Parameters
    ----------
    directory
        The experiment's directory.
    job_id
        NNI's trial job id.
    lines
        Number of lines.
    """
    for trial in sorted((directory / "environments").glob(f"*/trials/{job_id}")):
        for name in ("trial.stderr", "trial.log", "trial.stdout"):
            text = tail(trial / name, lines)
            if text:
                return text
    return ""


def tail(path: Path, lines: int = 15) -> str:
    """Return a file's last non-empty lines; empty if there is no such file."""
    kept = [line for line in _text(path).splitlines() if line.strip()]
    return "\n".join(kept[-lines:])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
