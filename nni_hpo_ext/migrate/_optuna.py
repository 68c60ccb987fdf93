"""Read a study of Optuna, and write it in forms that NNI and this package read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError, MissingDependencyError
from nni_hpo_ext.files import json_text, write_text
from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.migrate._experiment import ForeignTrial, write_experiment_database
from nni_hpo_ext.migrate._space import space_of

__all__ = ["OptunaTrials", "final_report", "import_optuna", "read_optuna", "study_objectives"]

_RECORDS, _SPACE = "trials.json", "search_space.json"
_EVENTS = {"COMPLETE": "SUCCEEDED", "PRUNED": "USER_CANCELED", "FAIL": "FAILED"}
_UNUSED = ("WAITING",)


@dataclass(frozen=True)
class OptunaTrials:
    """The trials of an Optuna study.

    Attributes
    ----------
    name
        The study.
    objectives
        Its objectives and their directions. The first one is called ``default``.
    space
        A search space in NNI's form that contains all its trials.
    trials
        The trials that started.
    """

    name: str
    objectives: Mapping[str, str]
    space: Mapping[str, Any]
    trials: tuple[ForeignTrial, ...]

    @property
    def records(self) -> list[dict[str, Any]]:
        """Results as NNI imports them: ``{"parameter": ..., "value": ...}``."""
        return [
            {"parameter": dict(t.params), "value": dict(t.report)} for t in self.trials if t.report
        ]

    @property
    def incomplete(self) -> int:
        """Number of trials that lack a parameter of the space: those with conditions."""
        return sum(set(trial.params) != set(self.space) for trial in self.trials)


def read_optuna(storage: str, name: str | None = None) -> OptunaTrials:
    """Read a study of Optuna.

    Parameters
    ----------
    storage
        A database's URL such as ``sqlite:///study.db``, an SQLite file, or the file of a journal
        storage.
    name
        The study; may be left out if the storage holds one only.

    Raises
    ------
    MissingDependencyError
        If Optuna is not installed.
    DataError
        If the storage cannot be read or does not hold the study.

    Examples
    --------
    >>> found = read_optuna("sqlite:///study.db", "mnist")  # doctest: +SKIP
    >>> len(found.records)  # doctest: +SKIP
    100
    """
    try:
        import optuna
    except ImportError as error:
        raise MissingDependencyError(
            "Optuna is needed to read its studies: pip install optuna"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        opened = _opened(storage)
        names = optuna.get_all_study_names(opened)
        study = optuna.load_study(study_name=_chosen(storage, names, name), storage=opened)
        trials = study.get_trials(deepcopy=False)
    except DataError:
        raise
    except Exception as error:  # of Optuna, SQLAlchemy or a database driver
        reason = " ".join(str(error).split())
        raise DataError(f"{storage} cannot be read as an Optuna storage: {reason:.200}") from error
    goals = study_objectives(study)
    started = [trial for trial in trials if trial.state.name not in _UNUSED]
    space = space_of(trial.distributions for trial in started)
    return OptunaTrials(
        study.study_name, goals, space, tuple(_trial(t, list(goals)) for t in started)
    )


def import_optuna(storage: str, name: str | None, folder: Path) -> OptunaTrials:
    """Write a study of Optuna to a folder, and return it.

    The folder holds ``trials.json`` for ``nnictl experiment import``, ``search_space.json``, and
    an experiment's database, so that it can be named wherever a command takes an experiment.

    Parameters
    ----------
    storage, name
        See `read_optuna`.
    folder
        Where to write; made if needed.

    Raises
    ------
    MissingDependencyError, DataError
        See `read_optuna`; also if the folder holds an experiment already.

    Examples
    --------
    >>> import_optuna("study.db", "mnist", Path("mnist"))  # doctest: +SKIP
    """
    found = read_optuna(storage, name)
    config = {
        "experimentName": found.name,
        "searchSpace": found.space,
        "tuner": {"name": "Optuna", "classArgs": {"objectives": found.objectives}},
    }
    write_experiment_database(folder, config, found.trials)
    write_text(folder / _RECORDS, json_text(found.records))
    write_text(folder / _SPACE, json_text(found.space))
    return found


def _opened(storage: str) -> Any:
    """Return the storage that a URL or a file stands for."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    if "://" in storage:
        path = storage.partition(":///")[2]
        if storage.startswith("sqlite:") and path and not Path(path).is_file():
            raise DataError(f"{path} does not exist")  # SQLite would make an empty one
        return storage
    file = Path(storage).expanduser()
    if not file.is_file():
        raise DataError(f"{file} does not exist; give a file or a URL such as sqlite:///study.db")
    if file.read_bytes()[:15] == b"SQLite format 3":
        return f"sqlite:///{file}"
    return JournalStorage(JournalFileBackend(str(file)))


def _chosen(storage: str, names: list[str], name: str | None) -> str:
    if name in names or (name is None and len(names) == 1):
        return name or names[0]
    if not names:
        raise DataError(f"{storage} holds no study of Optuna")
    known = ", ".join(names)
    if name is None:
        raise DataError(f"{storage} holds {len(names)} studies: {known}; choose one with --study")
    raise DataError(f"{storage} holds no study {name!r}; it holds {known}")


def study_objectives(study: Any) -> dict[str, str]:
    """Return the objectives of an Optuna study by name; the first one, which NNI shows, is default.

    Examples
    --------
    >>> import optuna  # doctest: +SKIP
    >>> study_objectives(optuna.create_study(directions=["maximize", "minimize"]))  # doctest: +SKIP
    {'default': 'maximize', 'objective_1': 'minimize'}
    """
    count = len(study.directions)
    names = study.metric_names or [f"objective_{i}" for i in range(count)]
    directions = [direction.name.lower() for direction in study.directions]
    directions = [d if d in ("minimize", "maximize") else "minimize" for d in directions]
    return dict(zip([DEFAULT, *names[1:]], directions, strict=True))


def _trial(trial: Any, names: list[str]) -> ForeignTrial:
    report = final_report(trial, names)
    event = _EVENTS.get(trial.state.name, "")
    return ForeignTrial(
        number=trial.number,
        params=trial.params,
        event=event,
        report=report,
        curve=_curve(trial),
        began=trial.datetime_start,
        ended=trial.datetime_complete,
    )


def _curve(trial: Any) -> tuple[float, ...]:
    return tuple(trial.intermediate_values[step] for step in sorted(trial.intermediate_values))


def final_report(trial: Any, names: Sequence[str]) -> dict[str, Any] | None:
    """Return the result of an Optuna trial that has ended, as NNI's tuners take it.

    Parameters
    ----------
    trial
        The trial.
    names
        The objectives.

    Returns
    -------
    dict or None
        All values, or the last one of a pruned trial, marked partial; None if there is none.

    Examples
    --------
    >>> import optuna  # doctest: +SKIP
    >>> trial = optuna.create_trial(value=0.9)  # doctest: +SKIP
    >>> final_report(trial, ["default"])  # doctest: +SKIP
    {'default': 0.9}
    """
    if trial.state.name == "COMPLETE":
        return dict(zip(names, trial.values, strict=True))
    curve = _curve(trial)
    if trial.state.name == "PRUNED" and curve and math.isfinite(curve[-1]):
        return {names[0]: curve[-1], "partial": True}
    return None
