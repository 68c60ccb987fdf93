"""Where a trial keeps its best model, written so that a kill at any moment leaves a usable file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


class BestCheckpoint:
    """Keeps the model of the best epoch in a file.

    A new model is written beside the old one and then takes its place in one step, so that the
    file is whole whenever the process ends.

    Parameters
    ----------
    name : str
        Name of the file in ``$NNI_OUTPUT_DIR``; its ending must be one that the framework
        knows. Without NNI nothing is written.
    """

    def __init__(self, name: str) -> None:
        directory = os.environ.get("NNI_OUTPUT_DIR", "")
        self.path: Path | None = Path(directory) / name if directory else None
        self._best = float("-inf")

    def offer(self, value: float, write: Callable[[Path], None]) -> bool:
        """Write the model if `value` is the best so far; return whether it was written.

        Parameters
        ----------
        value : float
            The epoch's accuracy.
        write : callable
            Writes the model to the path it is given.
        """
        if self.path is None or not value > self._best:
            return False
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # In the same directory, because only there a file can be moved in one step.
        with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=".writing-") as beside:
            draft = Path(beside) / self.path.name
            write(draft)
            draft.replace(self.path)
        self._best = value
        return True
