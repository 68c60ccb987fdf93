"""Files that a user names: too large ones are refused everywhere, and pickles run nothing."""

from __future__ import annotations

import fcntl
import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext import files
from nni_hpo_ext.audit import load as load_recording
from nni_hpo_ext.check import check_config
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import one_at_a_time
from nni_hpo_ext.simulate import load_benchmark
from nni_hpo_ext.simulate.config import read_arguments
from nni_hpo_ext.study import read_trials
from nni_hpo_ext.trace import read_trace
from nni_hpo_ext.trial.data import load_cifar10


def sparse(path: Path, size: int) -> Path:
    """Make a file that claims a size and takes no room."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def _experiment(folder: Path) -> None:
    sparse(folder / "db" / "nni.sqlite", files.DATABASE_BYTES + 1)
    read_trials(folder)


def _curves(suffix: str) -> Callable[[Path], None]:
    return lambda folder: load_recording(
        str(sparse(folder / f"curves{suffix}", files.DATA_BYTES + 1))
    )


def _surrogate(folder: Path) -> None:
    sparse(folder / "deepbo" / "data2.csv", files.DATA_BYTES + 1)
    load_benchmark("data2", folder)


def _cifar10(folder: Path) -> None:
    sparse(folder / "data_batch_1", files.DATA_BYTES + 1)
    load_cifar10(folder)


READERS: dict[str, Callable[[Path], Any]] = {
    "an experiment": _experiment,
    "curves.npz": _curves(".npz"),
    "curves.csv": _curves(".csv"),
    "curves.json": _curves(".json"),
    "a benchmark": _surrogate,
    "CIFAR-10": _cifar10,
    "a trace": lambda f: read_trace(sparse(f / "trace.jsonl", files.DATA_BYTES + 1)),
    "class arguments": lambda f: read_arguments(sparse(f / "c.yml", files.SETTINGS_BYTES + 1)),
}


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"holds [\d,.]+ MiB, more than the limit of [\d,.]+ MiB"):
        READERS[name](tmp_path)


def test_the_check_finds_files_that_are_too_large(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    sparse(config, files.SETTINGS_BYTES + 1)
    (finding,) = check_config(config)
    assert "more than the limit of 16.0 MiB" in str(finding)


def test_what_unpacks_to_too_much_is_not_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(2**20))
    assert (tmp_path / "a.npz").stat().st_size < 2**20
    with pytest.raises(DataError, match=r"holds 8\.0 MiB, more than the limit of 1\.0 MiB"):
        files.require_unpacked_size(tmp_path / "a.npz", 2**20)


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, "x", None, True, (1, 2), b"y"]},
        np.arange(6, dtype=np.uint8).reshape(2, 3),
        {"lr": {0: np.float64(0.1), 1: np.int64(3)}},
    ],
)
def test_plain_data_are_unpickled(value: Any, protocol: int) -> None:
    read = files.load_arrays(io.BytesIO(pickle.dumps(value, protocol)))
    np.testing.assert_equal(read, value)


class _Program:
    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], self.call[1:]


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize(
    "program",
    [_Program(os.putenv, "A", "b"), _Program(eval, "1"), _Program(getattr, "os", "system")],
)
def test_programs_are_not(program: _Program, protocol: int) -> None:
    with pytest.raises(pickle.UnpicklingError, match="which plain data does not need"):
        files.load_arrays(io.BytesIO(pickle.dumps(program, protocol)))


def test_a_second_process_waits_for_the_first_with_the_same_file(tmp_path: Path) -> None:
    lock = tmp_path / "cache" / "features.lock"
    with one_at_a_time(lock), lock.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with lock.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
