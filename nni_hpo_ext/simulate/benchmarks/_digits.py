"""An embedded table of networks trained on scikit-learn's digits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["TIME_SCALE", "Digits"]

# Virtual seconds per second of CPU time: training takes minutes, as for real networks.
TIME_SCALE = 5000.0
_GOAL_RANK = 10
_SPACE = {
    "learning_rate": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    # Learning rate of the last epoch as a share of that of the first.
    "final_rate": {"_type": "loguniform", "_value": [1e-3, 1.0]},
    "batch_size": {"_type": "choice", "_value": [8, 16, 32, 64, 128]},
    "optimizer": {"_type": "choice", "_value": ["sgd", "momentum", "rmsprop", "adam"]},
    "width1": {"_type": "randint", "_value": [8, 129]},
    "width2": {"_type": "choice", "_value": [0, 8, 16, 32, 64, 128]},
    "dropout": {"_type": "uniform", "_value": [0.0, 0.6]},
    # Training images are shifted by up to this many pixels.
    "shift": {"_type": "uniform", "_value": [0.0, 1.0]},
}


class Digits(Benchmark):
    """Fully connected networks on 8 x 8 digits; a configuration maps to the nearest table row.

    The rows are a Sobol design over the search space. The values are validation accuracies after
    each of 27 epochs, averaged over four networks with different random seeds; the final value is
    the last of them. Training is deterministic. The seconds are the CPU time of training one
    network, multiplied by `TIME_SCALE` to resemble networks that are worth tuning.
    ``benchmarks/digits_table.py`` creates the table.

    The goal is the accuracy of the tenth best row, as in the experiments of DEEP-BO (Cho et al.,
    "Basic Enhancement Strategies When Using Bayesian Optimization for Hyperparameter Tuning of
    Deep Neural Networks", IEEE Access 2020).

    Parameters
    ----------
    data_dir
        Not used; all benchmarks accept it.

    Attributes
    ----------
    points
        Configurations of the rows in the unit cube, shape ``(n, 8)``.
    curves
        Accuracies of the rows, shape ``(n, epochs)``.
    seconds
        Virtual training times of the rows, shape ``(n,)``.

    Examples
    --------
    >>> from nni_hpo_ext.simulate.benchmarks import Digits
    >>> digits = Digits()
    >>> digits.curves.shape[1], round(digits.goal, 3) < round(digits.optimum, 3)
    (27, True)
    """

    name = "digits"
    direction = "maximize"
    search_space = _SPACE

    def __init__(self, data_dir: str | Path | None = None) -> None:
        table = files("nni_hpo_ext.simulate").joinpath("data", "digits.npz")
        with as_file(table) as path, np.load(path) as arrays:
            self.points: FloatArray = (arrays["points"] + 0.5) / 2**16
            self.curves: FloatArray = arrays["gains"].cumsum(axis=1) / float(arrays["images"])
            self.seconds: FloatArray = arrays["cpu_seconds"] * TIME_SCALE
        self._space = SearchSpace(_SPACE)
        finals = self.curves[:, -1]
        self.goal = float(np.sort(finals)[-_GOAL_RANK])
        self.optimum = float(finals.max())
        # The rows are distributed like random configurations.
        self.typical = float(np.median(finals))

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        """Return the training run of the row nearest to a configuration; ``rng`` is not used.

        Distances are Euclidean in the unit cube; two unordered options are at distance 1.

        Raises
        ------
        SearchSpaceError
            If the configuration is not in the search space.
        """
        row = self.nearest(params)
        curve = self.curves[row].tolist()
        epochs = tuple(range(1, len(curve) + 1))
        return Training(epochs, tuple(curve), curve[-1], float(self.seconds[row]), len(curve))

    def nearest(self, params: Mapping[str, Any]) -> int:
        """Return the index of the row nearest to a configuration."""
        features, tree = self._index
        point = features.transform(self._space.encode(params)[None, :])[0]
        return int(tree.query(point)[1])

    @cached_property
    def _index(self) -> tuple[Any, Any]:
        from scipy.spatial import cKDTree

        from nni_hpo_ext.surrogates import Features

        features = Features(self._space)
        return features, cKDTree(features.transform(self._space.snap(self.points)))
