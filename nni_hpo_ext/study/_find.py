"""Where an experiment's files are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ExperimentError, HpoExtError
from nni_hpo_ext.study._store import ExperimentStore

__all__ = ["find_experiment", "known_experiments", "known_url"]

LATEST = "latest"
_DATABASE = Path("db", "nni.sqlite")


def find_experiment(name: str) -> Path:
    """Return the directory of an experiment.

    Parameters
    ----------
    name
        Its directory; its id, which is looked up in ``~/nni-experiments`` and in NNI's list of
        experiments; or ``latest``, the one that was started last.

    Raises
    ------
    ExperimentError
        If there is none.
    """
    given = Path(name).expanduser()
    if given.is_dir():
        return given
    if name == LATEST:
        return _latest()
    for folder in (_home(), *_listed(name)):
        if (folder / name / _DATABASE).is_file():
            return folder / name
    raise ExperimentError(
        f"{name}: no experiment of this id in ~/nni-experiments or in NNI's list, and no such file "
        "or directory; `nni-hpo list` shows the ids"
    )


def known_experiments() -> list[Path]:
    """Return the directories of all experiments on this machine, the last one to start first."""
    listed = (Path(str(e.get("logDir") or "."), name) for name, e in _entries().items())
    found = {path.resolve() for path in (*_home().glob("*"), *listed) if _is_experiment(path)}
    return sorted(found, key=_started, reverse=True)


def _latest() -> Path:
    known = known_experiments()
    if not known:
        raise ExperimentError(
            f"{LATEST}: no experiment in ~/nni-experiments or in NNI's list; start one with "
            "`nni-hpo run CONFIG`"
        )
    return known[0]


def _home() -> Path:
    return Path.home() / "nni-experiments"


def _is_experiment(path: Path) -> bool:
    return (path / _DATABASE).is_file()


def _started(directory: Path) -> float:
    """Return when an experiment started, in seconds since the epoch, 0 if it cannot be read."""
    try:
        return ExperimentStore(directory).times()[0] or 0.0
    except HpoExtError:
        return 0.0


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
    entry = _entries().get(experiment_id)
    return entry if isinstance(entry, Mapping) else {}


def _entries() -> Mapping[str, Any]:
    """Return NNI's list of experiments by id: the file that `nnictl` keeps."""
    path = _home() / ".experiment"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, Mapping) else {}
