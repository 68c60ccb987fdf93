"""Append-only log of the events of a tuner or an assessor, one JSON object per line."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

__all__ = [
    "ASSESSOR_FILE",
    "RUN_FILE",
    "TRIALS_FILE",
    "TUNER_FILE",
    "Journal",
    "Listener",
    "compact",
    "journals_in",
    "listening",
    "read_events",
]

_logger = logging.getLogger(__name__)

TUNER_FILE = "journal.jsonl"
ASSESSOR_FILE = "assessor.jsonl"
RUN_FILE = "run.jsonl"
TRIALS_FILE = "trials.jsonl"  # of a study of `nni-hpo serve`

# Characters kept of one value: a report may hold long texts next to its numbers.
_LONGEST = 2000

Listener = Callable[[str, Mapping[str, Any]], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_folder: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Pass all events of journals created within the context to ``listener(event, fields)``.

    Examples
    --------
    >>> with listening(lambda event, fields: print(event, fields)):
    ...     Journal(None).write("trial", number=3)
    trial {'number': 3}
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def journals_in(folder: Path) -> Iterator[None]:
    """Keep the journals of tuners and assessors that are created within the context in a folder.

    Processes with several tuners use it instead of NNI's environment variable.

    Examples
    --------
    >>> with journals_in(Path("checkpoint")):
    ...     Journal.of_experiment(TUNER_FILE).path.as_posix()
    'checkpoint/journal.jsonl'
    """
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


class Journal:
    """Event log in NNI's checkpoint directory, which a resumed experiment reads again.

    Parameters
    ----------
    path
        The file; None, outside of NNI, drops the events.
    durable
        Whether an event must be on the disk when `write` returns; if it cannot be, `write` raises.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     journal = Journal(Path(folder, TUNER_FILE))
    ...     journal.write("trial", number=3)
    ...     [event["number"] for event in read_events(journal.path)]
    [3]
    """

    def __init__(self, path: Path | None, *, durable: bool = False) -> None:
        self.path = path
        self._is_durable = durable
        self._listener = _listener.get()
        self._is_broken = False

    @classmethod
    def of_experiment(cls, name: str) -> Journal:
        """Return the journal ``name`` of the experiment that this process serves."""
        chosen = _folder.get()
        if chosen is not None:
            return cls(chosen / name)
        folder = os.environ.get("NNI_CHECKPOINT_DIRECTORY")
        return cls(Path(folder, name) if folder and Path(folder).is_dir() else None)

    def write(self, event: str, **fields: Any) -> None:
        """Append one event with the current time, and flush it to the file system.

        Lines of other processes, or the half line of a killed one, never mix with it. A write
        error, such as a full disk, does not end the experiment; it is logged once.

        Raises
        ------
        OSError
            If a durable journal cannot be written.
        """
        if self._listener is not None:
            self._listener(event, fields)
        if self.path is None:
            return
        line = _encode({"event": event, "time": round(time.time(), 3), **fields})
        try:
            with self.path.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # until it is flushed and closed
                file.write((b"\n" if _is_torn(file) else b"") + line + b"\n")
                if self._is_durable:
                    file.flush()
                    os.fsync(file.fileno())
            self._is_broken = False
        except OSError as error:
            if self._is_durable:
                raise
            if not self._is_broken:
                _logger.error("%s: %s; a resume will lack this event", self.path, error.strerror)
            self._is_broken = True

    def events(self) -> Iterator[dict[str, Any] | None]:
        """Read the events so far, oldest first; None for a line that is not an event."""
        return iter(()) if self.path is None else _lines(self.path)


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """Read the events of a journal one by one; there are none if the file does not exist.

    Lines that are not JSON objects are skipped: a process may be killed while it writes one.
    """
    return (event for event in _lines(path) if event is not None)


def compact(value: Any) -> Any:
    """Return a trial's report with its long parts cut to the beginning of their text.

    Examples
    --------
    >>> len(compact({"loss": 0.5, "log": "x" * 10_000})["log"])
    2000
    """
    if isinstance(value, Mapping) and len(value) <= _LONGEST:
        return {name: compact(part) for name, part in value.items()}
    if hasattr(value, "__len__") and len(repr(value)) > _LONGEST:
        return repr(value)[:_LONGEST]
    return value


def _lines(path: Path) -> Iterator[dict[str, Any] | None]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from map(_decode, file)
    except FileNotFoundError:
        return


def _decode(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _encode(event: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(event, default=_plain).encode()
    except (TypeError, ValueError, RecursionError):  # odd keys, cycles, integers of 5,000 digits
        return json.dumps({name: _safe(value) for name, value in event.items()}).encode()


def _plain(value: Any) -> Any:
    """Convert NumPy arrays and scalars to plain values, and anything else to text."""
    return value.tolist() if hasattr(value, "tolist") else repr(value)[:_LONGEST]


def _safe(value: Any) -> Any:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return f"a {type(value).__name__} that JSON cannot hold"
    return value


def _is_torn(file: Any) -> bool:
    """Whether the last line lacks its end, because a process was killed while writing it."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        return False
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) != b"\n")
