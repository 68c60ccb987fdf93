"""Create the directory of a study."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext.asktell._refusal import conflict
from nni_hpo_ext.asktell._tuning import StudyAssessor, StudyTuner
from nni_hpo_ext.dispatcher import separate_dispatcher
from nni_hpo_ext.journal import journals_in
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.study import DEFINITION_FILE

__all__ = ["create_study", "require_same"]


def create_study(directory: Path, given: Mapping[str, Any]) -> None:
    """Create a study, after its search space, tuner and assessor were tried out.

    Parameters
    ----------
    directory
        Its directory, which must not exist or be empty; its name is that of the study.
    given
        Its definition; the name, the time and, if it has none, the seed are added.

    Raises
    ------
    HpoExtError
        If the definition is not usable or the directory holds something else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.asktell import HostedStudy, create_study
    >>> definition = {
    ...     "search_space": {"lr": {"_type": "uniform", "_value": [0, 1]}},
    ...     "tuner": {"name": "RandomSearch", "classArgs": {}},
    ...     "objectives": {"default": "maximize"},
    ...     "seed": 1,
    ...     "max_trials": 1,
    ...     "lease_seconds": 600,
    ... }
    >>> with TemporaryDirectory() as folder:
    ...     create_study(Path(folder, "demo"), definition)
    ...     study = HostedStudy(Path(folder, "demo"))
    ...     number = study.ask().number
    ...     study.tell(number, {"values": 0.9}).result
    {'values': 0.9}
    """
    seed = given.get("seed")
    definition = {
        **given,
        "name": directory.name,
        "created": round(time.time(), 3),
        "seed": int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed,
    }
    # Complete before it has its name, so that a kill leaves all or nothing.
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".new-") as scratch:
        _try_out(definition, Path(scratch))
        new = Path(scratch, directory.name)
        (new / "checkpoint").mkdir(parents=True)
        with (new / DEFINITION_FILE).open("w", encoding="utf-8") as file:
            json.dump(definition, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        if directory.exists() and not _is_empty(directory):
            raise conflict(f"{directory} exists, but is not a study: move it away")
        new.rename(directory)


def _is_empty(directory: Path) -> bool:
    return directory.is_dir() and not any(directory.iterdir())


def _try_out(definition: Mapping[str, Any], folder: Path) -> None:
    """Raise an error if the space, the tuner or the assessor cannot be used."""
    SearchSpace(definition["search_space"])
    with journals_in(folder), separate_dispatcher():
        StudyTuner(definition, folder, ())
        StudyAssessor(definition, folder, ())


def require_same(known: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse a definition that differs from that of the study; a seed may be left out.

    Raises
    ------
    Refusal
        If it differs.

    Examples
    --------
    >>> from nni_hpo_ext.asktell import require_same
    >>> require_same({"name": "demo", "seed": 1}, {"seed": None})
    """
    for key, value in given.items():
        if known.get(key) != value and not (key == "seed" and value is None):
            raise conflict(f"study {known['name']} exists with another {key}; choose another name")
