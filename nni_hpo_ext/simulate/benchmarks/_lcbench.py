"""LCBench: networks on tabular tasks, 52 epochs, from the surrogate model of YAHPO Gym.

Zimmer et al., "Auto-PyTorch Tabular", TPAMI 2021; Pfisterer et al., "YAHPO Gym", AutoML 2022.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.errors import ConfigError, DataError, MissingDependencyError
from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.simulate._data import data_file

__all__ = ["LcBench"]

_SOURCE = "https://github.com/slds-lmu/yahpo_data (lcbench)"
_EPOCHS = 52
_TIME, _ACCURACY = 0, 1  # columns of the model output
_SPACE = {
    "batch_size": {"_type": "qloguniform", "_value": [16, 512, 1]},
    "learning_rate": {"_type": "loguniform", "_value": [1e-4, 0.1]},
    "momentum": {"_type": "uniform", "_value": [0.1, 0.99]},
    "weight_decay": {"_type": "uniform", "_value": [1e-5, 0.1]},
    "num_layers": {"_type": "randint", "_value": [1, 6]},
    "max_units": {"_type": "qloguniform", "_value": [64, 1024, 1]},
    "max_dropout": {"_type": "uniform", "_value": [0.0, 1.0]},
}
# For each task, the best known accuracy in percent after 52 epochs (the best of 50,000 random
# configurations, refined by 60 generations of 3,000 mutations, in five runs), and the median of
# the random configurations.
_REFERENCES = {
    "3945": (99.6584, 90.027),
    "7593": (91.6976, 56.345),
    "34539": (99.1465, 83.698),
    "126025": (99.4726, 78.536),
}


class LcBench(Benchmark):
    """Validation accuracy in percent, with a curve of 52 epochs and no noise.

    Parameters
    ----------
    task
        OpenML task.
    data_dir
        Folder that contains ``lcbench``.
    """

    direction = "maximize"
    goal = None
    search_space = _SPACE

    def __init__(self, task: str, data_dir: Path | None = None) -> None:
        if task not in _REFERENCES:
            raise ConfigError(
                f"lcbench-{task} has no reference values: must be one of {', '.join(_REFERENCES)}"
            )
        self.name = f"lcbench-{task}"
        self.optimum, self.typical = _REFERENCES[task]
        encoding = data_file(data_dir, "lcbench/encoding.json", _SOURCE)
        self._task = _code(encoding, task)
        self._model = _Model(data_file(data_dir, "lcbench/model.onnx", _SOURCE))

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        """Predict the full learning curve."""
        predictions = self._predict(params, range(1, _EPOCHS + 1))
        curve = tuple(predictions[:, _ACCURACY].tolist())
        # The model may predict negative times for the shortest training runs.
        seconds = max(1.0, float(predictions[-1, _TIME]))
        return Training(tuple(range(1, _EPOCHS + 1)), curve, curve[-1], seconds, _EPOCHS)

    def true_value(self, params: Mapping[str, Any]) -> float:
        """Predict the accuracy after the last epoch."""
        return float(self._predict(params, [_EPOCHS])[0, _ACCURACY])

    def _predict(self, params: Mapping[str, Any], epochs: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the model output, shape ``(len(epochs), 6)``."""
        rows = [[epoch, *(params[name] for name in _SPACE)] for epoch in epochs]
        return self._model(self._task, np.array(rows, dtype=np.float32))


class _Model:
    """The surrogate network of all tasks, on one thread."""

    def __init__(self, path: Path) -> None:
        self._session = _session(path)
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        if len(self._inputs) != 2:
            raise DataError(f"{path} is not the LCBench model: its inputs are {self._inputs}")

    def __call__(self, task: int, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        tasks = np.full((len(rows), 1), task, dtype=np.int32)
        output = self._session.run(None, {self._inputs[0]: tasks, self._inputs[1]: rows})[0]
        return np.asarray(output)


def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingDependencyError(
            "benchmark lcbench requires onnxruntime: pip install 'nni-hpo-ext[benchmarks]'"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's exceptions share no base class
        raise DataError(f"{path} is not an ONNX model: {' '.join(str(error).split())}") from error


def _code(path: Path, task: str) -> int:
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["OpenML_task_id"][task])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} has no code for task {task}: {error!r}") from error
