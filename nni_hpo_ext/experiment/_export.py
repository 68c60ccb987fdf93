"""A study as JSON, for scripts, and the files that commands write."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.experiment._records import End, TrialRecord
from nni_hpo_ext.experiment._study import Study

__all__ = ["json_text", "to_json", "write_json", "write_text"]


def json_text(content: Any) -> str:
    """Return plain JSON values as text with a line end."""
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON to a file.

    Raises
    ------
    ExperimentError
        If the file cannot be written.
    """
    write_text(path, json_text(content), "--json")


def write_text(path: Path, text: str, option: str = "--out") -> None:
    """Write a file that a command's option names.

    Parameters
    ----------
    path
        The file.
    text
        What to write.
    option
        The option, for the message of an error.

    Raises
    ------
    ExperimentError
        If the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExperimentError(f"{option} {path}: {error.strerror}") from error


def to_json(result: Study) -> dict[str, Any]:
    """Return the result as plain JSON values; NaN becomes null."""
    return {
        "experiment": result.id,
        "name": result.name,
        "directory": result.place,
        "objectives": [dataclasses.asdict(o) for o in result.objectives],
        "best": None if result.best is None else _trial_json(result.best),
        "pareto_front": [_trial_json(t) for t in result.front],
        "counts": {end.value: len(result.of(end)) for end in End},
        "early_stopping": None if result.savings is None else dataclasses.asdict(result.savings),
        "fallbacks": list(result.journal.fallbacks),
        "substitutes": result.journal.substitutes,
        "rejected_values": list(result.journal.rejected),
        "arms": dict(result.journal.arms),
        "trials": [_trial_json(t) for t in result.trials],
    }


def _trial_json(trial: TrialRecord) -> dict[str, Any]:
    return {
        "number": trial.number,
        "job_id": trial.job_id,
        "end": trial.end.value,
        "reason": trial.reason,
        "parameters": None if trial.params is None else dict(trial.params),
        "values": dict(trial.values),
        "others": dict(trial.unusable),
        "arm": trial.proposal.arm if trial.proposal else None,
        "curve": [[step, None if math.isnan(value) else value] for step, value in trial.curve],
        "started": trial.started,
        "ended": trial.ended,
    }
