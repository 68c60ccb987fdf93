"""The tabular tasks of DEEP-BO: networks trained on MNIST over a quasi-random grid.

Cho et al., "Basic Enhancement Strategies When Using Bayesian Optimization for Hyperparameter
Tuning of Deep Neural Networks", IEEE Access 2020. A configuration maps to the nearest row that the
same optimisation has not trained yet: in the publication the rows are the candidates, and no
candidate is trained twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.simulate._data import (
    complete_numbers,
    data_file,
    numbers,
    read_arrays,
    read_columns,
)
from nni_hpo_ext.simulate.benchmarks._nearest import NearestRow
from nni_hpo_ext.space import SearchSpace

__all__ = ["Data2", "Data3", "Data3Curves"]

_SOURCE = "https://github.com/hyunghunny/pylearningcurvepredictor and yongjinkim49/ecml"
_EPOCHS = 15
_GOAL_RANK = 10
_RATE = {"_type": "loguniform", "_value": [1e-4, 10**-0.5]}
_DEPTH = {"_type": "randint", "_value": [1, 351]}
_WIDTH = {"_type": "randint", "_value": [1, 1025]}
_KEEP = {"_type": "uniform", "_value": [0.1, 1.0]}
_UNIT = {"_type": "uniform", "_value": [0.0, 1.0]}
_DATA2 = {
    "c1_depth": _DEPTH,
    "p1_size": {"_type": "randint", "_value": [2, 4]},
    "c2_depth": _DEPTH,
    "p2_size": {"_type": "randint", "_value": [2, 4]},
    "f1_width": _WIDTH,
    "window_size": {"_type": "randint", "_value": [2, 11]},
    "learning_rate": _RATE,
    "reg_param": _UNIT,
    "keep_prop_rate": _KEEP,
}
_DATA3 = {
    "act_func": {"_type": "choice", "_value": ["elu", "lrelu", "relu", "sigmoid", "tanh"]},
    "batch_norm": {"_type": "choice", "_value": [False, True]},
    "conv1_depth": _DEPTH,
    "conv2_depth": _DEPTH,
    "fc1_width": _WIDTH,
    "keep_prop_rate": _KEEP,
    "lr": _RATE,
    "optimizer": {
        "_type": "choice",
        "_value": ["adadelta", "adagrad", "adam", "gd", "momentum", "rmsprop"],
    },
    "reg_param": _UNIT,
}


class _DeepBo(Benchmark):
    """A table with ``best_acc`` after 15 epochs and ``exec_time_s``."""

    direction = "maximize"
    file: ClassVar[str]
    curve_columns: ClassVar[Mapping[int, str]] = {}
    """Column of the accuracy at each epoch."""

    def __init__(self, data_dir: Path | None = None) -> None:
        path = data_file(data_dir, self.file, _SOURCE)
        reports = ["index", *self.curve_columns.values(), "best_acc", "exec_time_s"]
        self._load(path, read_columns(path, [*self.search_space, *reports]))

    def fresh(self) -> Benchmark:
        """Return a copy without trained rows."""
        other = copy(self)
        other._rows = {}
        return other

    def true_value(self, params: Mapping[str, Any]) -> float:
        """Return the final accuracy of a configuration, trained before or now."""
        return float(self._final[self._row(params)])

    def _row(self, params: Mapping[str, Any]) -> int:
        known = self._rows.get(SearchSpace.key(params))
        return self._nearest(params, set(self._rows.values())) if known is None else known

    def _load(self, path: Path, table: Mapping[str, list[str]]) -> None:
        self._rows: dict[str, int] = {}  # configuration -> row
        self._curves = {e: numbers(path, c, table[c]) for e, c in self.curve_columns.items()}
        self._final = complete_numbers(path, "best_acc", table["best_acc"])
        self._seconds = complete_numbers(path, "exec_time_s", table["exec_time_s"])
        columns = {n: _values(path, n, s, table[n]) for n, s in self.search_space.items()}
        self._nearest = NearestRow(self.search_space, columns)
        rows = zip(*columns.values(), strict=True)
        self.candidates = [dict(zip(columns, row, strict=True)) for row in rows]
        self.optimum = float(self._final.max())
        self.typical = self._nearest.typical(self._final)

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        """Look up the training run of a configuration, which is deterministic."""
        row = self._rows.setdefault(SearchSpace.key(params), self._row(params))
        curve = {e: float(v[row]) for e, v in self._curves.items() if np.isfinite(v[row])}
        return Training(
            epochs=tuple(curve),
            values=tuple(curve.values()),
            final=float(self._final[row]),
            seconds=float(self._seconds[row]),
            total_epochs=_EPOCHS,
        )


def _values(path: Path, name: str, spec: Mapping[str, Any], texts: list[str]) -> list[Any]:
    if spec["_type"] != "choice":
        number = int if spec["_type"] == "randint" else float
        return [number(value) for value in complete_numbers(path, name, texts)]
    options = {str(option): option for option in spec["_value"]}
    unknown = sorted(set(texts) - set(options))
    if unknown:
        known = ", ".join(options)
        raise DataError(f"{path}: column {name!r} must be one of {known}, got {unknown[0]!r}")
    return [options[text] for text in texts]


class Data2(_DeepBo):
    """LeNet on MNIST; the accuracies after 1 and 5 of 15 epochs are known."""

    name = "data2"
    file = "deepbo/data2.csv"
    goal = 0.9933
    curve_columns: ClassVar[Mapping[int, str]] = {
        1: "acc_e1",
        5: "best_acc_e5",
        _EPOCHS: "best_acc",
    }
    search_space = _DATA2


class Data3(_DeepBo):
    """A second LeNet on MNIST, with six optimisers and no learning curves."""

    name = "data3"
    file = "deepbo/data3.csv"
    goal = 0.9922
    search_space = _DATA3


class Data3Curves(Data3):
    """The rows of `Data3` with the accuracy after each epoch, for early stopping.

    The goal is the accuracy of the tenth best of these rows, as for the full tables.
    """

    name = "data3-curves"

    def _load(self, path: Path, table: Mapping[str, list[str]]) -> None:
        curves_path = path.parent / "data3_mnist_lenet.npz"
        arrays = read_arrays(curves_path, {"index": 1, "acc": 2})
        curve_of = {str(index): row for row, index in enumerate(arrays["index"].tolist())}
        known = [row for row, index in enumerate(table["index"]) if index in curve_of]
        if len(known) < _GOAL_RANK or arrays["acc"].shape != (len(arrays["index"]), _EPOCHS):
            raise DataError(f"{curves_path} does not contain the curves of {path.name}")
        super()._load(path, {name: [texts[row] for row in known] for name, texts in table.items()})
        curves = arrays["acc"][[curve_of[table["index"][row]] for row in known]]
        self._curves = {e + 1: curves[:, e] for e in range(_EPOCHS)}
        self.goal = float(np.sort(self._final)[-_GOAL_RANK])
