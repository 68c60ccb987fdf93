"""Append-only record of what a tuner or an assessor did, one JSON object a line."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

__all__ = ["ASSESSOR_FILE", "TUNER_FILE", "Journal", "Listener", "listening", "read_events"]

TUNER_FILE = "journal.jsonl"
ASSESSOR_FILE = "assessor.jsonl"

Listener = Callable[[str, Mapping[str, Any]], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let ``listener(event, fields)`` hear all that journals made within the context write."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class Journal:
    """Writes events to a file in NNI's checkpoint directory, and reads them after a resume.

    Parameters
    ----------
    path
        The file; None (no NNI around) drops the events.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._listener = _listener.get()
        self._lock = threading.Lock()
        self._whole = False

    @classmethod
    def of_experiment(cls, name: str) -> Journal:
        """Return the journal ``name`` of the experiment that this process serves."""
        folder = os.environ.get("NNI_CHECKPOINT_DIRECTORY")
        return cls(Path(folder, name) if folder and Path(folder).is_dir() else None)

    def write(self, event: str, **fields: Any) -> None:
        """Append one event and flush it to the file system."""
        if self._listener is not None:
            self._listener(event, fields)
        if self._path is None:
            return
        line = json.dumps({"event": event, **fields}, default=repr)
        with self._lock, self._path.open("a+b") as file:
            if not self._whole:
                _end_torn_line(file)
                self._whole = True
            file.write(line.encode() + b"\n")

    def events(self) -> Iterator[dict[str, Any]]:
        """Return what was written so far, oldest first."""
        return iter(()) if self._path is None else read_events(self._path)


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """Read a journal line by line; none if the file is not there.

    A line that is no JSON object is left out: the process may have been killed in the middle of
    writing it.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from filter(None, map(_decode, file))
    except FileNotFoundError:
        return


def _decode(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _end_torn_line(file: Any) -> None:
    """Keep an event from being appended to half a line of a process that was killed."""
    if file.tell():
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
