"""Read NNI's SQLite database without disturbing the manager that writes it."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.files import DATABASE_BYTES, require_size
from nni_hpo_ext.types import Params

__all__ = ["Configurations", "Database", "Metric", "decode_json", "decode_reported"]

_BUSY_SECONDS = 5.0
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Metric:
    """One reported metric, a row of ``MetricData``.

    Attributes
    ----------
    time
        When the manager received it, in seconds since the epoch.
    job_id, parameter_id
        The trial job, and its configuration at the time.
    final
        Whether it is a final result.
    step
        Index of the intermediate result, from 0.
    value
        The reported value.
    """

    time: float
    job_id: str
    parameter_id: str | None
    final: bool
    step: int
    value: Any


class Configurations:
    """Which configuration a parameter id stands for.

    The manager writes down each configuration with its id when it puts it in line for a trial. The
    trial that takes it is the first one that asks, and may be another. So what stands beside a job
    may be another's, while the id and the configuration always belong together, and a result comes
    with the id that the trial had received.

    Parameters
    ----------
    forms
        When each was put in line, in seconds since the epoch, and what: ``parameter_id`` and
        ``parameters``. Anything else is left out.
    """

    def __init__(self, forms: Iterable[tuple[float, Any]]) -> None:
        self._forms: dict[str, list[tuple[float, Params]]] = defaultdict(list)
        for time_, form in sorted(forms, key=itemgetter(0)):
            if isinstance(form, Mapping) and isinstance(form.get("parameters"), Mapping):
                self._forms[str(form.get("parameter_id"))].append((time_, form["parameters"]))

    def meant(
        self, parameter_id: object, until: float = math.inf, since: float = -math.inf
    ) -> Params | None:
        """Return what an id stood for in a report at ``until``; None if that is not known.

        After a resume NNI counts from 0 again, so that an id stands for what was put in line last.
        Trials that users add have no id, None: what these stood for is known only if all are the
        same.

        Parameters
        ----------
        parameter_id
            NNI's id.
        until, since
            Only what was put in line within these times counts, in seconds since the epoch.
        """
        forms = self._forms.get(str(parameter_id), [])
        within = [params for time_, params in forms if since <= time_ <= until]
        if not within or (parameter_id is None and any(p != within[0] for p in within)):
            return None
        return within[-1]


class Database:
    """The results in the database of an experiment.

    Parameters
    ----------
    directory
        The experiment's directory; the database is ``db/nni.sqlite`` in it.

    Raises
    ------
    ExperimentError
        If there is no database. Reading raises it if the database stays locked or is damaged.

    Examples
    --------
    >>> from pathlib import Path
    >>> database = Database(Path("~/nni-experiments/abc123").expanduser())  # doctest: +SKIP
    >>> database.metrics(final_only=True)[0].value  # doctest: +SKIP
    0.93
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "db" / "nni.sqlite"
        if not self.path.is_file():
            raise ExperimentError(
                f"{self.path}: NNI database not found; give the directory of an experiment, "
                "for example ~/nni-experiments/ID"
            )
        require_size(self.path, DATABASE_BYTES)

    def metrics(self, *, final_only: bool = False) -> list[Metric]:
        """Return the reported metrics in order of time, optionally the final ones only."""
        rows = self.rows(_metric_query(final_only))
        return [
            Metric(
                (t or 0) / 1000,
                job,
                pid,
                kind == "FINAL",
                step or 0,
                decode_json(decode_json(data)),
            )
            for t, job, pid, kind, step, data in rows
        ]

    def configurations(self) -> Configurations:
        """Return what the parameter ids stand for."""
        rows = self.rows(
            "select timestamp, data from TrialJobEvent where trialJobId != '' and data != ''"
            " order by timestamp, rowid"
        )
        return Configurations(((t or 0) / 1000, decode_json(data)) for t, data in rows)

    def parameter_ids(self) -> dict[str, str]:
        """Return the id of each trial job's configuration, for jobs that have reported."""
        rows = self.rows(
            "select trialJobId, parameterId from MetricData where type = 'PERIODICAL'"
            " and sequence = 0 and parameterId is not null order by rowid"
        )
        return {str(job): str(parameter_id) for job, parameter_id in rows}

    def rows(self, query: str, attempts: int = _ATTEMPTS) -> list[tuple[Any, ...]]:
        """Return the rows of a query, with a few retries while the database is busy."""
        try:
            return self._query(query)
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # the manager has just created the file
                return []
            if "no such column" in str(error):
                raise ExperimentError(
                    f"{self.path}: {error}; another version of NNI wrote it, and only databases "
                    "of NNI 2.0 to 3.0 can be read"
                ) from error
            if "locked" not in str(error) or attempts == 1:
                raise ExperimentError(f"{self.path}: {error}; try again") from error
        except sqlite3.DatabaseError as error:
            raise ExperimentError(f"{self.path}: {error}; is it an NNI database?") from error
        time.sleep(_PAUSE_SECONDS)
        return self.rows(query, attempts - 1)

    def _query(self, query: str) -> list[tuple[Any, ...]]:
        uri = f"file:{quote(str(self.path.resolve()))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as connection:
            return connection.execute(query).fetchall()


def _metric_query(final_only: bool) -> str:
    where = " where type = 'FINAL'" if final_only else ""
    return (
        "select timestamp, trialJobId, parameterId, type, sequence, data from MetricData"
        f"{where} order by timestamp, rowid"
    )


def decode_json(text: Any) -> Any:
    """Decode JSON, NaN included; text that is not valid JSON is returned unchanged.

    Unlike NNI's own decoder it never unpickles.

    Examples
    --------
    >>> decode_json("[0.5]"), decode_json("half")
    ([0.5], 'half')
    """
    if not isinstance(text, str) or not text:
        return None if text == "" else text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def decode_reported(text: Any) -> Any:
    """Decode a trial's report, which NNI stores as JSON within JSON.

    Examples
    --------
    >>> decode_reported('"0.5"')
    0.5
    """
    return decode_json(decode_json(text))
