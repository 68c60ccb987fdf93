"""Keep the best model of a trial in a file that survives a kill at any moment."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from nni_hpo_ext.trial.mode import Mode, is_better

__all__ = ["BestCheckpoint", "write_whole"]


class BestCheckpoint:
    """File with the model of the best epoch.

    A new model is written to a temporary file, which then replaces the old one in a single step.
    The file is complete whenever the process ends.

    Parameters
    ----------
    name
        Name of the file in ``$NNI_OUTPUT_DIR``, with a suffix that the framework knows. Without
        NNI nothing is written.
    mode
        ``"max"`` if large values are good, ``"min"`` if small ones are; see `choose_mode`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.environ["NNI_OUTPUT_DIR"] = folder  # NNI sets it
    ...     checkpoint = BestCheckpoint("model.txt")
    ...     for accuracy in (0.5, 0.7, 0.6):
    ...         print(checkpoint.offer(accuracy, lambda path: path.write_text(str(accuracy))))
    ...     print(checkpoint.path.read_text())
    ...     del os.environ["NNI_OUTPUT_DIR"]
    True
    True
    False
    0.7
    """

    def __init__(self, name: str, mode: Mode = "max") -> None:
        directory = os.environ.get("NNI_OUTPUT_DIR", "")
        self.path: Path | None = Path(directory) / name if directory else None
        self._mode = mode
        self._best = math.nan

    def offer(self, value: float, write: Callable[[Path], object]) -> bool:
        """Write the model if `value` is the best so far, and return whether it was written.

        Parameters
        ----------
        value
            Value of the epoch.
        write
            Function that writes the model to a path.
        """
        if self.path is None or not is_better(self._mode, value, self._best):
            return False
        write_whole(self.path, write)
        self._best = value
        return True

    def resume(self, best: float) -> None:
        """Continue with the file of an interrupted trial, whose best value so far is `best`."""
        if self.path is not None and self.path.is_file():
            self._best = best


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file such that it is complete at any moment.

    Parameters
    ----------
    path
        The file. Its directory is made.
    write
        Function that writes to a path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A move is a single step only within a file system.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as scratch:
        draft = Path(scratch) / path.name
        write(draft)
        draft.replace(path)
