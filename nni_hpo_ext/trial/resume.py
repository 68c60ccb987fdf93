"""Continue a trial that was interrupted from its last saved epoch, with any framework.

NNI runs the trials that were running when an experiment stopped again after ``nnictl resume``, in
their old output directories.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.arguments import number
from nni_hpo_ext.trial._manager import experiment_runs
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["RESUME_OPTIONS", "SavedState"]

_logger = logging.getLogger(__name__)

RESUME_OPTIONS: Mapping[str, float] = {"resume_seconds": 60.0}
"""Options of every trial, with their defaults; see `SavedState`."""


class SavedState:
    """File with the state of a training after an epoch.

    The state is that of the weights, the optimizer and the random numbers, and the reports so far.

    Parameters
    ----------
    name
        Name of the file in ``$NNI_OUTPUT_DIR``. Without NNI nothing is written.
    params
        The trial's parameters. ``resume_seconds`` is the least time between two writes, 0 to write
        after each epoch, and below 0 to write nothing. A state that other parameters left is not
        used.

    Examples
    --------
    >>> state = SavedState("resume.npz", {"resume_seconds": 0})
    >>> state.due()  # not in a trial of NNI
    False
    """

    def __init__(self, name: str, params: Mapping[str, Any]) -> None:
        directory = os.environ.get("NNI_OUTPUT_DIR", "")
        self._path = Path(directory) / name if directory else None
        self._pause = float(params.get("resume_seconds", RESUME_OPTIONS["resume_seconds"]))
        number("resume_seconds", self._pause, -1)
        self._params = {
            key: repr(value) for key, value in params.items() if key != "resume_seconds"
        }
        self._written = time.monotonic()

    def due(self) -> bool:
        """Return whether it is time to write the state."""
        if self._path is None or self._pause < 0:
            return False
        return time.monotonic() - self._written >= self._pause

    def write(self, write: Callable[[Path, dict[str, str]], None]) -> None:
        """Write the state.

        Parameters
        ----------
        write
            Function that writes the state, and the parameters that it is called with, to a path.
        """
        if self._path is not None:
            write_whole(self._path, lambda path: write(path, self._params))
            self._written = time.monotonic()

    def read(self, read: Callable[[Path], tuple[dict[str, str], Any]]) -> Any | None:
        """Return the saved state, None if there is none of these parameters.

        Parameters
        ----------
        read
            Function that returns the parameters and the state in a file.
        """
        if self._path is None or not self._path.is_file():
            return None
        try:
            params, state = read(self._path)
        except Exception as error:  # each framework raises errors of its own
            _logger.warning("%s cannot be read (%r): the trial starts anew", self._path, error)
            return None
        if params != self._params:
            _logger.warning("%s is of other parameters: the trial starts anew", self._path)
            return None
        _logger.info("resuming from %s", self._path)
        return state

    def remove_if_stopped_alone(self) -> None:
        """Remove the file, if NNI stops this trial but not the experiment.

        A trial that is stopped early never runs again; one of a stopped experiment may.
        """
        if self._path is not None and self._path.is_file() and experiment_runs():
            self.remove()

    def remove(self) -> None:
        """Remove the file, once the trial has its final result."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
