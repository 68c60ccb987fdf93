"""Files in the format of NAS-HPO-Bench-II: the real ones are too large to carry along."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path
from typing import Any

import pytest

from nni_hpo_ext.simulate.benchmarks import NasHpoBench2

SEEDS = (3, 4)


@pytest.fixture(scope="session")
def nas_hpo_bench2_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of made-up results for every key; cells of like operations share theirs.

    The structure is the one that ``NASHPOBench2API.__init__`` and ``query_by_key`` read: tables
    of columns, each a dictionary from (hash, learning rate, batch size[, seed]) to a number.
    """
    folder = tmp_path_factory.mktemp("nas-hpo-bench-2")
    codes = ["{}|{}{}|{}{}{}".format(*ops) for ops in itertools.product(range(4), repeat=6)]
    hashes = {code: "".join(sorted(code.replace("|", ""))) for code in codes}
    space = NasHpoBench2.search_space
    settings = [
        (cell, rate, size)
        for cell in sorted(set(hashes.values()))
        for rate in space["learning_rate"]["_value"]
        for size in space["batch_size"]["_value"]
    ]
    table: dict[str, dict[Any, Any]] = {}
    for key in itertools.product(settings, SEEDS):
        _add_training(table, *key)
    predicted = {key: _accuracy(*key, 12) + 10 for key in settings}
    for name, content in {
        "bench12": table,
        "cellinfo": {"hash": hashes},
        "avgaccs200": {"avg_acc": predicted},
    }.items():
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(content))
    return folder


def _add_training(table: dict[str, dict[Any, Any]], setting: tuple[Any, ...], seed: int) -> None:
    key = (*setting, seed)
    row: dict[str, Any] = dict(zip(("hash", "lr", "batch_size", "seed"), key, strict=True))
    for epoch in range(12):
        for offset, mode in enumerate(("train", "valid", "test")):
            row[f"{mode}_acc_{epoch}"] = _accuracy(*setting, epoch + 1) - offset - seed
            row[f"{mode}_time_{epoch}"] = 1.0 + offset
    row |= {"total_train_time": 12.0, "total_trainval_time": 36.0 + seed, "total_test_time": 36.0}
    for column, value in row.items():
        table.setdefault(column, {})[key] = value


def _accuracy(cell: str, rate: float, size: int, epochs: int) -> float:
    return 50.0 + 5 * cell.count("0") - cell.count("3") - 10 * rate - size / 512 - 12 / epochs
