"""The state of a study's job: a small file that the job writes and the studio reads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import yaml

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.files import json_text
from nni_hpo_ext.studio.models import CODE_FOLDER
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = [
    "CONFIG_FILE", "LOG_FILE", "MODEL_FILE", "ONNX_FILE", "JobState",
    "experiment_directory", "job_state", "keep_state", "start_job", "stop_job", "take_pause",
    "write_config",
]  # fmt: skip

CONFIG_FILE = "config.yml"
LOG_FILE = "run.log"
MODEL_FILE = "model.zip"
ONNX_FILE = "model-onnx.zip"
_STATE_FILE = "job.json"
# The user wants the end of the search to be a pause.
_PAUSE_FILE = "pause"
_WORK = "nni"
_RUNNING = ("starting", "searching", "scoring")


@dataclass(frozen=True, slots=True)
class JobState:
    """State of the process that runs a study.

    Attributes
    ----------
    phase
        ``"starting"``, ``"searching"``, ``"paused"``, ``"scoring"``, ``"done"`` or ``"failed"``.
    message
        How the search ended, or why it failed.
    pid, created
        The process and when it was created, in seconds since the epoch: ids are used again.
    """

    phase: str
    message: str = ""
    pid: int = 0
    created: float = 0.0

    @property
    def running(self) -> bool:
        """Whether the job has not ended."""
        return self.phase in _RUNNING


def write_config(folder: Path, config: dict[str, object]) -> Path:
    """Write the config of a study, with NNI's files inside its folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    if config.get("trialCodeDirectory") == CODE_FOLDER:
        (folder / CODE_FOLDER).mkdir(exist_ok=True)
    path = folder / CONFIG_FILE
    text = yaml.safe_dump({**config, "experimentWorkingDirectory": _WORK}, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def keep_state(folder: Path, phase: str, message: str = "") -> None:
    """Write the state of the job that this process is."""
    this = psutil.Process()
    text = json_text(asdict(JobState(phase, message, this.pid, this.create_time())))
    write_whole(folder / _STATE_FILE, lambda path: path.write_text(text, encoding="utf-8"))


def job_state(folder: Path) -> JobState:
    """Return the state of a study's job; one that was killed has failed."""
    try:
        state = JobState(**json.loads((folder / _STATE_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return JobState("failed", "it has not been started")
    except (OSError, ValueError, TypeError) as error:
        return JobState("failed", f"its state cannot be read: {error}")
    if state.running and _process(state) is None:
        return JobState("failed", "its process ended unexpectedly; see the log")
    return state


def _process(state: JobState) -> psutil.Process | None:
    try:
        process = psutil.Process(state.pid)
        same = abs(process.create_time() - state.created) < 1.0
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def start_job(folder: Path, goal: float = 0.0) -> int:
    """Start or continue the job of a study in a process of its own, which outlives this one.

    Parameters
    ----------
    folder
        Folder of the study, with its config.
    goal
        Accuracy that ends the search; 0 for none.

    Returns
    -------
    int
        Its process id.
    """
    command: Sequence[str] = [sys.executable, "-m", "nni_hpo_ext.studio.job", str(folder)]
    with (folder / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(
            [*command, *(["--goal", str(goal)] if goal else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    created = psutil.Process(process.pid).create_time()
    text = json_text(asdict(JobState("starting", "", process.pid, created)))
    if job_state(folder).pid != process.pid:  # it may have written its state already
        (folder / _STATE_FILE).write_text(text, encoding="utf-8")
    return process.pid


def stop_job(folder: Path, *, pause: bool = False) -> None:
    """End the search of a study; the best model so far is then scored and kept.

    Parameters
    ----------
    folder
        Folder of the study.
    pause
        Whether the search is to be continued later, so that nothing is scored. Trials that run
        end, and run again then.

    Raises
    ------
    ExperimentError
        If it does not search.
    """
    state = job_state(folder)
    phases = ("searching",) if pause else ("starting", "searching")
    process = _process(state) if state.phase in phases else None
    if process is None:
        raise ExperimentError("this study is not searching")
    if pause:
        (folder / _PAUSE_FILE).touch()
    process.send_signal(signal.SIGINT)


def take_pause(folder: Path) -> bool:
    """Return whether the user has asked for a pause since the last call."""
    asked = (folder / _PAUSE_FILE).is_file()
    (folder / _PAUSE_FILE).unlink(missing_ok=True)
    return asked


def experiment_directory(folder: Path) -> Path | None:
    """Return the directory of a study's experiment, None before it starts."""
    found = sorted((folder / _WORK).glob("*/db/nni.sqlite"))
    return found[-1].parent.parent if found else None
