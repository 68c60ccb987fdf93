"""Save and restore the state of a Keras training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from nni_hpo_ext.trial.keras._report import ReportToNni
from nni_hpo_ext.trial.resume import SavedState

__all__ = ["KeepState", "restored"]

_HEADER = "header"


class KeepState(keras.callbacks.Callback):
    """Callback that saves the state of the training after an epoch; the last one of all.

    Parameters
    ----------
    saved
        The file.
    report
        The callback that reports.
    """

    def __init__(self, saved: SavedState, report: ReportToNni) -> None:
        super().__init__()
        self._saved = saved
        self._report = report

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save the state if it is time to."""
        if self._saved.due() and not self.model.stop_training:
            self._saved.write(lambda path, params: self._write(path, params, epoch + 1))

    def _write(self, path: Path, params: Mapping[str, str], epochs: int) -> None:
        header = {"params": params, "epochs": epochs, "report": self._report.state()}
        values = {str(i): v.numpy() for i, v in enumerate(_variables(self.model))}
        with path.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **{_HEADER: json.dumps(header)}, **values)


def restored(model: Any, saved: SavedState) -> tuple[int, dict[str, Any] | None]:
    """Restore a compiled model and its optimizer; return finished epochs and reports.

    0 and None if there is nothing to restore.
    """
    state = saved.read(_read)
    if state is None:
        return 0, None
    header, values = state
    for variable, value in zip(_variables(model), values, strict=True):
        variable.assign(value)
    return int(header["epochs"]), header["report"]


def _read(path: Path) -> tuple[dict[str, str], Any]:
    with np.load(path, allow_pickle=False) as stored:
        header = json.loads(str(stored[_HEADER]))
        return header["params"], (header, [stored[str(i)] for i in range(len(stored) - 1)])


def _variables(model: Any) -> list[Any]:
    """Return weights, states of random numbers and of the optimizer, in a fixed order."""
    return [*model.variables, *model.optimizer.variables]
