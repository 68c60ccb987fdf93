"""Write trials of another tool as the directory of an NNI experiment."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import finite

__all__ = ["ForeignTrial", "write_experiment_database"]

# The tables of NNI 3.0 that hold trials and results.
_SCHEMA = """
create table TrialJobEvent (timestamp integer, trialJobId text, event text, data text,
    logPath text, sequenceId integer, message text, environmentId text);
create table MetricData (timestamp integer, trialJobId text, parameterId text, type text,
    sequence integer, data text);
create table ExperimentProfile (params text, id text, execDuration integer, startTime integer,
    endTime integer, logDir text, nextSequenceId integer, revision integer);
"""


@dataclass(frozen=True, slots=True)
class ForeignTrial:
    """A trial of another tool.

    Attributes
    ----------
    number
        Its number, from 0.
    params
        Its parameters.
    event
        How it ended, as NNI names it: ``SUCCEEDED``, ``USER_CANCELED`` (stopped early) or
        ``FAILED``; empty if it did not end.
    report
        Its final report, None without one.
    curve
        Its intermediate results.
    began, ended
        Its times, None if they are not known.
    """

    number: int
    params: Mapping[str, Any]
    event: str
    report: Mapping[str, Any] | None = None
    curve: tuple[float, ...] = ()
    began: datetime | None = None
    ended: datetime | None = None


def write_experiment_database(
    directory: Path, config: Mapping[str, Any], trials: Iterable[ForeignTrial]
) -> None:
    """Write trials as NNI's database, for ``report``, ``compare``, ``export`` and ``audit``.

    Parameters
    ----------
    directory
        Directory of the experiment; its ``db`` folder is made.
    config
        The config to store, in NNI's form.
    trials
        The trials.

    Raises
    ------
    DataError
        If there is a database already, or it cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_experiment_database(Path(folder), {"experimentName": "mine"}, [])
    ...     Path(folder, "db", "nni.sqlite").exists()
    True
    """
    path = directory / "db" / "nni.sqlite"
    if path.exists():
        raise DataError(f"{path} exists; give another --out")
    try:
        for name in ("db", "log", "checkpoint"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(_SCHEMA)
            _fill(connection, directory.resolve().name, config, list(trials))
    except (OSError, sqlite3.Error) as error:
        raise DataError(f"{path} cannot be written: {error}") from error


def _fill(
    connection: sqlite3.Connection,
    experiment: str,
    config: Mapping[str, Any],
    trials: list[ForeignTrial],
) -> None:
    starts = [_milliseconds(trial.began) for trial in trials]
    ends = [_milliseconds(trial.ended or trial.began) for trial in trials]
    profile = (json.dumps(finite(config)), experiment, 0, min(starts, default=0))
    row = (*profile, max(ends, default=0), "", len(trials), 1)
    connection.execute(f"insert into ExperimentProfile values ({_marks(row)})", row)
    for trial in trials:
        for table, values in _rows(trial):
            connection.execute(f"insert into {table} values ({_marks(values)})", values)


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))


def _milliseconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(1000 * moment.timestamp())


def _rows(trial: ForeignTrial) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the rows of a trial with their tables."""
    job, began = f"trial{trial.number}", _milliseconds(trial.began)
    ended = max(_milliseconds(trial.ended), began)
    form = json.dumps({"parameter_id": trial.number, "parameters": finite(trial.params)})
    yield "TrialJobEvent", (began, job, "RUNNING", form, "", trial.number, None, None)
    for step, value in enumerate(trial.curve):
        at = began + (ended - began) * (step + 1) // (len(trial.curve) + 1)
        yield _metric(at, job, trial.number, "PERIODICAL", step, value)
    if trial.report is not None:
        yield _metric(ended, job, trial.number, "FINAL", 0, trial.report)
    if trial.event:
        yield "TrialJobEvent", (ended, job, trial.event, None, "", trial.number, None, None)


def _metric(
    at: int, job: str, number: int, kind: str, step: int, value: Any
) -> tuple[str, tuple[Any, ...]]:
    # NNI stores JSON within JSON.
    return "MetricData", (at, job, str(number), kind, step, json.dumps(json.dumps(finite(value))))
