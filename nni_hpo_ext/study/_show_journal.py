"""Print the journal of a tuner, readable at 80 columns."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.journal import TUNER_FILE, read_events
from nni_hpo_ext.render.text import number, parameters, printable
from nni_hpo_ext.study._journal import read_journal

__all__ = ["journal_file", "show_journal"]

Event = Mapping[str, Any]


def journal_file(directory: Path) -> Path:
    """Return the path of an experiment's tuner journal.

    Raises
    ------
    ExperimentError
        If there is no journal.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nni_hpo_ext.study import journal_file
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "checkpoint").mkdir()
    ...     Path(folder, "checkpoint", TUNER_FILE).touch()
    ...     journal_file(Path(folder)).name
    'journal.jsonl'
    """
    path = directory / "checkpoint" / TUNER_FILE
    if not path.is_file():
        raise ExperimentError(
            f"{path}: no journal; only the tuners of nni_hpo_ext write one, when they start"
        )
    return path


def show_journal(directory: Path, console: Console) -> None:
    """Print a tuner's journal, with one row per trial and per event without a trial.

    Raises
    ------
    ExperimentError
        If there is no journal.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from rich.console import Console
    >>> from nni_hpo_ext.journal import Journal
    >>> from nni_hpo_ext.study import show_journal
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "checkpoint").mkdir()
    ...     journal = Journal(Path(folder, "checkpoint", TUNER_FILE))
    ...     suggestion = {"arm": "random", "probability": 1.0, "params": {"lr": 0.1}}
    ...     journal.write("suggest", id=0, reason="warm-up", seconds=0.01, **suggestion)
    ...     journal.write("result", id=0, status="completed", values={"default": 0.9})
    ...     show_journal(Path(folder), Console(width=80))  # doctest: +ELLIPSIS
    trial ...
    0 ... random   lr=0.1               default=0.9
    ...   warm-up, 0.01 s...
    Suggestions: 1, 1 of them ended
    Fallbacks: 0
    Rejected values: 0
    """
    rows = _Rows(read_events(journal_file(directory))).rows
    table = Table("trial", "at", box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, ratio in (("by", 3), ("parameters and why", 9), ("result", 5)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for row in rows:
        cells = (row.trial, row.at, row.by, "\n".join(row.what), "\n".join(row.results))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console.print(table)
    _show_counts(directory, rows, console)


@dataclass(slots=True)
class _Row:
    trial: str
    at: str
    by: str = ""
    what: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)


class _Rows:
    """Rows of the table; all events of a trial share one."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.rows: list[_Row] = []
        self._trials: dict[str, _Row] = {}
        self._faults: dict[str, list[str]] = {}
        for event in events:
            handler = getattr(self, f"_on_{event.get('event')}", None)
            if handler is not None:
                handler(event)

    def _row(self, event: Event, trial: str = "") -> _Row:
        row = self._trials.get(trial) if trial else None
        if row is None:
            row = _Row(trial, _at(event))
            self.rows.append(row)
            if trial:
                self._trials[trial] = row
        return row

    def _on_start(self, event: Event) -> None:
        what = f"{event.get('tuner')} {event.get('version')}, seed {event.get('seed')}"
        self._row(event).what.append(f"resume {event['run']}: {what}" if event.get("run") else what)

    def _on_space(self, event: Event) -> None:
        space = event.get("space")
        names = ", ".join(map(str, space)) if isinstance(space, Mapping) else repr(space)
        self._row(event).what.append(f"search space: {names:.300}")

    def _on_compare(self, event: Event) -> None:
        counts = ", ".join(f"{event.get(name)} {name}" for name in ("known", "learnt", "wrong"))
        self._row(event).what.append(f"NNI's results: {counts}")

    def _on_rejected(self, event: Event) -> None:
        row = self._row(event)
        row.what.append(str(event.get("id")))
        row.results.append(f"rejected: {event.get('reason')}")

    def _on_fallback(self, event: Event) -> None:
        self._faults.setdefault(_trial(event), []).append(f"fallback: {event.get('error')}")

    def _on_suggest(self, event: Event) -> None:
        trial = _trial(event)
        self._trials.pop(trial, None)
        row = self._row(event, trial)
        probability = event.get("probability")
        row.by = str(event.get("arm")) + (f" {number(probability)}" if probability != 1.0 else "")
        row.what.append(parameters(event.get("params") or {}))
        row.what += self._faults.pop(trial, [])
        row.what.append(f"{event.get('reason')}, {number(event.get('seconds'))} s")

    def _on_exhausted(self, event: Event) -> None:
        self._row(event, _trial(event)).what.append(str(event.get("reason")))

    def _on_result(self, event: Event) -> None:
        row = self._row(event, _trial(event))
        if event.get("params") and not row.what:
            row.what.append(parameters(event["params"]))
        status, reason = event.get("status"), event.get("reason")
        values = parameters(event.get("values") or {})
        shown = values if status == "completed" else " ".join(filter(None, (str(status), values)))
        row.results.append(f"{shown}: {reason}" if reason else shown)

    def _on_end(self, event: Event) -> None:
        self._row(event, _trial(event)).results.append("failed: ended without a result")

    def _on_abandon(self, event: Event) -> None:
        self._row(event, _trial(event)).results.append(str(event.get("reason")))


def _trial(event: Event) -> str:
    """Return NNI's id, prefixed with the number of the resume: ids repeat after each."""
    name = event.get("id")
    if isinstance(name, Sequence) and not isinstance(name, str):
        name = " ".join(str(part) for part in name if part is not None)
    return f"{event['run']}:{name}" if event.get("run") else str(name)


def _at(event: Event) -> str:
    moment = event.get("time")
    return time.strftime("%H:%M:%S", time.localtime(moment)) if moment else ""


def _show_counts(directory: Path, rows: Sequence[_Row], console: Console) -> None:
    journal = read_journal(directory)
    suggested = sum(bool(row.by) for row in rows)
    ended = sum(bool(row.results) for row in rows if row.by)
    console.print(f"Suggestions: {suggested}, {ended} of them ended")
    for name, lines in (("Fallbacks", journal.fallbacks), ("Rejected values", journal.rejected)):
        last = f"; last: {lines[-1]}" if lines else ""
        console.print(f"{name}: {len(lines)}{last}")
    if journal.stops:
        console.print(f"Stopped by the assessor: {len(journal.stops)}")
