"""Learning curves of real trainings, from the files of published benchmarks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.types import Direction

__all__ = ["Curves", "load_curves"]

_CONFIGURATIONS = 1000
_EPOCHS = 52


@dataclass(frozen=True)
class Curves:
    """The curves of one task.

    ``values`` has the shape ``(trials, epochs)``, NaN after a trial's end; ``cost``, where it is
    known, is what each trial costs in all, shape ``(trials,)``.
    """

    name: str
    values: NDArray[np.float64]
    direction: Direction
    family: str
    cost: NDArray[np.float64] | None = None


def load_curves(folder: Path, lcbench: Sequence[int]) -> Iterator[Curves]:
    """Yield the tasks found in a folder: LCBench's named ones, data3, TaskSet's, ``curves/``."""
    if (folder / "lcbench" / "model.onnx").is_file():
        yield from _lcbench(folder / "lcbench", lcbench)
    path = folder / "deepbo" / "data3_mnist_lenet.npz"
    if path.is_file():
        yield Curves("data3", np.load(path)["acc"].astype(float), "maximize", "data3")
    for path in sorted((folder / "taskset").glob("*.npz")):
        name = path.stem.removeprefix("imdb_").removesuffix("_bs64").removesuffix("_bs128")
        yield Curves(name, np.load(path)["valid"].astype(float), "minimize", "TaskSet")
    path = folder / "curves" / "curves.npz"
    if path.is_file():
        yield from _archive(path)


# Tasks whose names begin alike are of one kind.
_FAMILIES = {"rl": "RL", "dopamine": "RL", "resnet": "CNN", "metaqnn": "CNN", "lstm": "LSTM"}


def _archive(path: Path) -> Iterator[Curves]:
    """Read an archive: an array for each task, ``NAME/cost``, and JSON in ``meta``."""
    file = np.load(path)
    for name, about in json.loads(str(file["meta"])).items():
        prefix = name.partition("-")[0]
        cost = file[f"{name}/cost"].astype(float) if f"{name}/cost" in file.files else None
        family = _FAMILIES.get(prefix, prefix)
        yield Curves(name, file[name].astype(float), about["direction"], family, cost)


def _lcbench(folder: Path, tasks: Sequence[int]) -> Iterator[Curves]:
    """Yield validation accuracies of random networks from YAHPO Gym's surrogate of LCBench."""
    import onnxruntime

    model = onnxruntime.InferenceSession(folder / "model.onnx")
    codes = json.loads((folder / "encoding.json").read_text())["OpenML_task_id"]
    for task in tasks:
        inputs = _networks(np.random.default_rng(task))
        category = np.full((len(inputs), 1), codes[str(task)], np.int32)
        values = np.empty((len(inputs), _EPOCHS))
        for epoch in range(1, _EPOCHS + 1):
            inputs[:, 0] = epoch
            output = model.run(None, {"x_cat": category, "x_cont": inputs.astype(np.float32)})[0]
            values[:, epoch - 1] = output[:, 1]
        yield Curves(f"LCBench {task}", values, "maximize", "LCBench")


def _networks(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw configurations in the order of the surrogate's inputs, with the epoch first."""
    n = _CONFIGURATIONS

    def log_uniform(low: float, high: float) -> NDArray[np.float64]:
        return np.exp(rng.uniform(np.log(low), np.log(high), n))

    columns = [
        np.zeros(n),
        np.round(log_uniform(16, 512)),  # batch_size
        log_uniform(1e-4, 1e-1),  # learning_rate
        rng.uniform(0.1, 0.99, n),  # momentum
        rng.uniform(1e-5, 1e-1, n),  # weight_decay
        rng.integers(1, 6, n),  # num_layers
        np.round(log_uniform(64, 1024)),  # max_units
        rng.uniform(0.0, 1.0, n),  # max_dropout
    ]
    return np.stack(columns, axis=1)
