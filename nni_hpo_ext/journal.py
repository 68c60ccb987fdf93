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

__all__ = ["ASSESSOR_FILE", "TUNER_FILE", "Journal", "Listener", "listening"]

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
    """Writes events to a file in NNI's checkpoint directory.

    Parameters
    ----------
    path
        The file; None (no NNI around) drops the events.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._listener = _listener.get()
        self._lock = threading.Lock()

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
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
