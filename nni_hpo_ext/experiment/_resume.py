"""Continue an experiment that was stopped: its time limit counts the time that it ran."""

from __future__ import annotations

import time
from pathlib import Path

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.journal import RUN_FILE, Journal
from nni_hpo_ext.study import manager_alive, read_study

__all__ = ["note_resume"]


def note_resume(directory: Path) -> float:
    """Return the seconds that an experiment has run, and note in its journal how long it did not.

    Parameters
    ----------
    directory
        The experiment's files.

    Raises
    ------
    ExperimentError
        If the experiment does not exist or still runs.
    """
    _require_stopped(directory)
    study = read_study(directory)
    paused = time.time() - study.began - study.journal.paused - study.seconds
    journal = Journal(directory / "checkpoint" / RUN_FILE)
    journal.write("resume", paused=round(max(0.0, paused), 3))
    return study.seconds


def _require_stopped(directory: Path) -> None:
    if not (directory / "db" / "nni.sqlite").is_file():
        raise ExperimentError(f"there is no experiment {directory.name} in {directory.parent}")
    if manager_alive(directory.name):
        raise ExperimentError(f"experiment {directory.name} is still running; stop it first")
