"""What all formats have in common: plain parameters, curves and notes of a trial."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError, HpoExtError, MissingDependencyError
from nni_hpo_ext.study import Study, TrialRecord, flat_parameters

__all__ = ["CURVE", "curve", "new_folder", "notes", "parameters", "requires", "seconds", "writing"]

CURVE = "curve/"
"""Prefix of the names of intermediate results, which final results share without it."""


def parameters(trial: TrialRecord) -> dict[str, Any]:
    """Return the parameters of a trial, flat; lists and mappings become JSON texts."""
    flat = flat_parameters(trial.params or {})
    return {name: _scalar(value) for name, value in flat.items()}


def _scalar(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, tuple, Mapping)) else value


def curve(trial: TrialRecord) -> Iterator[tuple[int, float, dict[str, float]]]:
    """Yield step, time and finite numbers of the intermediate results."""
    for report in trial.reports:
        values = {name: x for name, x in report.values.items() if math.isfinite(x)}
        yield report.step, report.time, values


def notes(trial: TrialRecord) -> dict[str, str]:
    """Return what is known of a trial beside its parameters and results."""
    arm = trial.proposal.arm if trial.proposal else ""
    found = {"status": trial.end.value, "reason": trial.reason, "arm": arm, "job_id": trial.job_id}
    return {name: text for name, text in found.items() if text}


def seconds(study: Study, trial: TrialRecord) -> tuple[float, float]:
    """Return start and end of a trial in seconds; the start of the study where not known."""
    started = study.began if trial.started is None else trial.started
    return started, started if trial.ended is None else trial.ended


def requires(library: str, package: str, load: Callable[[], Any]) -> Any:
    """Return what ``load`` imports.

    Raises
    ------
    MissingDependencyError
        If the library is not installed.
    """
    try:
        return load()
    except ImportError as error:
        raise MissingDependencyError(
            f"this export requires {library} ({error}): pip install {package}"
        ) from error


def new_folder(path: Path) -> Path:
    """Create a folder.

    Raises
    ------
    DataError
        If it exists and is not empty, or cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise DataError(f"--out {path} is not empty; give another folder")
    except OSError as error:
        raise DataError(f"--out {path}: {error.strerror}") from error
    return path


@contextmanager
def writing(library: str, path: Path) -> Iterator[None]:
    """Turn the exceptions of a library into one line.

    Raises
    ------
    DataError
        If the library raises.
    """
    try:
        yield
    except HpoExtError:
        raise
    except Exception as error:  # of the library, a database driver or the file system
        reason = " ".join(str(error).split())
        raise DataError(
            f"{path}: {library} failed: {type(error).__name__}: {reason:.200}"
        ) from error
