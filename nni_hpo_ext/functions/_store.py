"""Create or open the study of an optimisation."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nni_hpo_ext.asktell import HostedStudy, create_study, require_same
from nni_hpo_ext.errors import ConfigError, ExperimentError
from nni_hpo_ext.files import exclusive, file_name, json_text
from nni_hpo_ext.functions._send import name_of
from nni_hpo_ext.study import DEFINITION_FILE, experiments_home, read_definition

__all__ = ["new_directory", "opened", "plain"]

# The processes end with this one, so that no trial needs another owner.
_NO_LEASE = 1e9


def new_directory(function: Callable[..., Any]) -> Path:
    """Return a new directory for a study, among the experiments of this machine."""
    return experiments_home() / f"{file_name(name_of(function))}-{secrets.token_hex(3)}"


def plain(name: str, value: Any) -> Any:
    """Return an argument as it reads from JSON.

    Raises
    ------
    ConfigError
        If JSON cannot hold it.
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name}: {error}; use plain numbers, texts, lists and dicts") from error


@contextmanager
def opened(directory: Path, definition: Mapping[str, Any]) -> Iterator[HostedStudy]:
    """Create a study, or go on with it; trials that were interrupted run again.

    Raises
    ------
    HpoExtError
        If the definition is not usable or not that of the study, or another process uses it.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExperimentError(f"{directory}: {error.strerror}") from error
    if not (directory / DEFINITION_FILE).is_file():
        create_study(directory, {**definition, "lease_seconds": _NO_LEASE})
    with exclusive(directory, "hpo.optimize"):
        _set_trials(directory, definition)
        study = HostedStudy(directory)
        for trial in study.log.trials:
            study.give_back(trial.number)
        yield study


def _set_trials(directory: Path, given: Mapping[str, Any]) -> None:
    """Set the number of trials, the only part of a definition that may change."""
    known = read_definition(directory)
    require_same(known, {key: value for key, value in given.items() if key != "max_trials"})
    if known["max_trials"] != given["max_trials"]:
        new = directory / f".{DEFINITION_FILE}"
        new.write_text(json_text({**known, "max_trials": given["max_trials"]}), encoding="utf-8")
        os.replace(new, directory / DEFINITION_FILE)
