"""Find the files of an experiment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ExperimentError, HpoExtError
from nni_hpo_ext.study._served import is_served, read_definition
from nni_hpo_ext.study._store import ExperimentStore

__all__ = ["experiments_home", "find_experiment", "known_experiments", "known_url"]

LATEST = "latest"
_DATABASE = Path("db", "nni.sqlite")


def find_experiment(name: str) -> Path:
    """Return the directory of an experiment.

    Parameters
    ----------
    name
        The directory itself, the id (looked up in ``~/nni-experiments`` and in NNI's list of
        experiments), or ``latest`` for the experiment that started last.

    Raises
    ------
    ExperimentError
        If there is no such experiment.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.study import find_experiment
    >>> with TemporaryDirectory() as folder:
    ...     find_experiment(folder) == Path(folder)
    True
    >>> find_experiment("latest").name  # doctest: +SKIP
    'k3xqzc9a'
    """
    given = Path(name).expanduser()
    if given.is_dir():
        return given
    if name == LATEST:
        return _latest()
    for folder in (experiments_home(), *_listed(name)):
        if _is_experiment(folder / name):
            return folder / name
    raise ExperimentError(
        f"{name}: no experiment with this id in ~/nni-experiments or in NNI's list, and no such "
        "file or directory; `nni-hpo list` shows the ids"
    )


def known_experiments() -> list[Path]:
    """Return the directories of all experiments on this machine, latest start first.

    Studies of Python functions are among them.

    Examples
    --------
    >>> from nni_hpo_ext.study import known_experiments
    >>> [directory.name for directory in known_experiments()]  # doctest: +SKIP
    ['k3xqzc9a', 'x0v5dhbn']
    """
    listed = (Path(str(e.get("logDir") or "."), name) for name, e in _entries().items())
    paths = (*experiments_home().glob("*"), *listed)
    found = {path.resolve() for path in paths if _is_experiment(path)}
    return sorted(found, key=_started, reverse=True)


def _latest() -> Path:
    known = known_experiments()
    if not known:
        raise ExperimentError(
            f"{LATEST}: no experiment in ~/nni-experiments or in NNI's list; start one with "
            "`nni-hpo run CONFIG`"
        )
    return known[0]


def experiments_home() -> Path:
    """Return the directory in which NNI keeps experiments by default.

    Examples
    --------
    >>> experiments_home().name
    'nni-experiments'
    """
    return Path.home() / "nni-experiments"


def _is_experiment(path: Path) -> bool:
    return (path / _DATABASE).is_file() or is_served(str(path))


def _started(directory: Path) -> float:
    """Return when an experiment started, in seconds since the epoch, 0 if it cannot be read."""
    try:
        if is_served(str(directory)):
            return float(read_definition(directory).get("created") or 0.0)
        return ExperimentStore(directory).times()[0] or 0.0
    except HpoExtError:
        return 0.0


def known_url(experiment_id: str) -> str | None:
    """Return the WebUI address that NNI's list has for an experiment, None if it has none.

    Examples
    --------
    >>> from nni_hpo_ext.study import known_url
    >>> known_url("k3xqzc9a")  # doctest: +SKIP
    'http://localhost:8080'
    """
    port = _entry(experiment_id).get("port")
    return f"http://localhost:{port}" if port else None


def _listed(experiment_id: str) -> list[Path]:
    """Return the folder that NNI's list has for an experiment; empty if it has none."""
    folder = _entry(experiment_id).get("logDir")
    return [Path(folder)] if folder else []


def _entry(experiment_id: str) -> Mapping[str, Any]:
    """Return an experiment's entry in NNI's list; empty if it has none."""
    entry = _entries().get(experiment_id)
    return entry if isinstance(entry, Mapping) else {}


def _entries() -> Mapping[str, Any]:
    """Return NNI's list of experiments by id, from the file that `nnictl` keeps."""
    path = experiments_home() / ".experiment"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, Mapping) else {}
