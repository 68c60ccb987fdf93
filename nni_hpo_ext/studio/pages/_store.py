"""Image sets and studies of the studio: a small database, and a folder for each."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.web import own_token

__all__ = ["SetRecord", "StudioStore", "StudyRecord"]

_TABLES = """
create table if not exists sets (
    id integer primary key, name text not null, source text not null, state text not null,
    message text not null default '', created real not null);
create table if not exists studies (
    id integer primary key, set_id integer not null references sets (id), name text not null,
    plan text not null, created real not null);
"""


@dataclass(frozen=True, slots=True)
class SetRecord:
    """An image set.

    Attributes
    ----------
    id, name
        Number, and name for people.
    source
        ``"upload"``, ``"example"``, or the path of a folder on this machine.
    state
        ``"reading"``, ``"ready"`` or ``"failed"``.
    message
        Why it failed.
    created
        Seconds since the epoch.
    """

    id: int
    name: str
    source: str
    state: str
    message: str
    created: float


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study.

    Attributes
    ----------
    id, set_id, name
        Number, number of its image set, and name.
    plan
        The user's choices.
    created
        Seconds since the epoch.
    """

    id: int
    set_id: int
    name: str
    plan: Mapping[str, Any]
    created: float


class StudioStore:
    """The image sets and studies in a directory; results of studies stay in NNI's files.

    Parameters
    ----------
    directory
        Where they are kept; it is created if it does not exist.

    Raises
    ------
    ExperimentError
        If the directory cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.token = own_token(self.directory)
            with self._connected() as connection:
                connection.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise ExperimentError(f"{directory} cannot be used: {error}") from error

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        path = self.directory / "studio.sqlite"
        with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
            yield connection

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            return connection.execute(query, values).fetchall()

    def add_set(self, name: str, source: str) -> int:
        """Add an image set that is being read; return its number."""
        with self._connected() as connection:
            found = connection.execute(
                "insert into sets (name, source, state, created) values (?, ?, 'reading', ?)",
                (name[:100] or "images", source, time.time()),
            )
            number = int(found.lastrowid or 0)
        self.set_folder(number).mkdir(parents=True)
        return number

    def mark_set(self, number: int, state: str, message: str = "") -> None:
        """Set the state of an image set."""
        self._rows("update sets set state = ?, message = ? where id = ?", state, message, number)

    def sets(self) -> list[SetRecord]:
        """Return all image sets, the newest first."""
        rows = self._rows("select id, name, source, state, message, created from sets order by -id")
        return [SetRecord(*row) for row in rows]

    def one_set(self, number: int) -> SetRecord:
        """Return an image set.

        Raises
        ------
        DataError
            If it does not exist.
        """
        for record in self.sets():
            if record.id == number:
                return record
        raise DataError(f"there is no image set {number}")

    def set_folder(self, number: int) -> Path:
        """Return the folder of an image set."""
        return self.directory / "sets" / str(number)

    def add_study(self, set_id: int, name: str, plan: Mapping[str, Any]) -> int:
        """Add a study; return its number."""
        with self._connected() as connection:
            found = connection.execute(
                "insert into studies (set_id, name, plan, created) values (?, ?, ?, ?)",
                (set_id, name[:100] or "study", json.dumps(plan), time.time()),
            )
            number = int(found.lastrowid or 0)
        self.study_folder(number).mkdir(parents=True)
        return number

    def studies(self) -> list[StudyRecord]:
        """Return all studies, the newest first."""
        rows = self._rows("select id, set_id, name, plan, created from studies order by -id")
        return [StudyRecord(i, s, name, json.loads(p), at) for i, s, name, p, at in rows]

    def study(self, number: int) -> StudyRecord:
        """Return a study.

        Raises
        ------
        DataError
            If it does not exist.
        """
        for record in self.studies():
            if record.id == number:
                return record
        raise DataError(f"there is no study {number}")

    def study_folder(self, number: int) -> Path:
        """Return the folder of a study."""
        return self.directory / "studies" / str(number)
