"""Where an experiment's files are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ExperimentError

__all__ = ["find_experiment", "known_url"]

_DATABASE = Path("db", "nni.sqlite")


def find_experiment(name: str) -> Path:
    """Return the directory of an experiment.

    Parameters
    ----------
    name
        Its directory, or its id: then it is looked for in ``~/nni-experiments`` and where NNI's
        list of experiments says.

    Raises
    ------
    ExperimentError
        If there is none.
    """
    given = Path(name).expanduser()
    if given.is_dir():
        return given
    for folder in (Path.home() / "nni-experiments", *_listed(name)):
        if (folder / name / _DATABASE).is_file():
            return folder / name
    raise ExperimentError(
        f"{name}: no experiment of this id in ~/nni-experiments or in NNI's list, and no such file "
        "or directory; `nnictl experiment list --all` shows the ids"
    )


def known_url(experiment_id: str) -> str | None:
    """Return the address of the WebUI that an experiment has, or had, on this machine."""
    port = _entry(experiment_id).get("port")
    return f"http://localhost:{port}" if port else None


def _listed(experiment_id: str) -> list[Path]:
    """Return the folder that NNI's list names, for experiments with one of their own."""
    folder = _entry(experiment_id).get("logDir")
    return [Path(folder)] if folder else []


def _entry(experiment_id: str) -> Mapping[str, Any]:
    """Return what NNI's list says of an experiment."""
    from nni.tools.nnictl.config_utils import Experiments

    try:
        entry = Experiments().get_all_experiments().get(experiment_id)
    except (OSError, ValueError):
        return {}
    return entry if isinstance(entry, Mapping) else {}
