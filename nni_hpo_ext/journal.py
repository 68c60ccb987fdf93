"""Append-only record of what a tuner or an assessor did, one JSON object a line."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

__all__ = ["ASSESSOR_FILE", "TUNER_FILE", "Journal"]

TUNER_FILE = "journal.jsonl"
ASSESSOR_FILE = "assessor.jsonl"


class Journal:
    """Writes events to a file in NNI's checkpoint directory.

    Parameters
    ----------
    path
        The file; None (no NNI around) drops the events.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()

    @classmethod
    def of_experiment(cls, name: str) -> Journal:
        """Return the journal ``name`` of the experiment that this process serves."""
        folder = os.environ.get("NNI_CHECKPOINT_DIRECTORY")
        return cls(Path(folder, name) if folder and Path(folder).is_dir() else None)

    def write(self, event: str, **fields: Any) -> None:
        """Append one event and flush it to the file system."""
        if self._path is None:
            return
        line = json.dumps({"event": event, **fields}, default=repr)
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
