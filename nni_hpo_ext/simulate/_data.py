"""Find, check and read benchmark data in a folder of the user, without pickle."""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import DATA_BYTES, require_size, require_unpacked_size

__all__ = ["VARIABLE", "complete_numbers", "data_file", "numbers", "read_arrays", "read_columns"]

VARIABLE = "NNI_HPO_BENCHMARKS"


def data_file(data_dir: Path | None, relative: str, source: str) -> Path:
    """Return the path of a file in the benchmark folder.

    Parameters
    ----------
    data_dir
        The folder; None reads the environment variable ``NNI_HPO_BENCHMARKS``.
    relative
        Path of the file within the folder.
    source
        Where to download the data.

    Raises
    ------
    DataError
        If the file is missing or too large.
    """
    folder = data_dir or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    advice = f"get the data from {source} (layout: docs/simulate.md)"
    if folder is None:
        raise DataError(f"{relative} is required: use --data-dir or set {VARIABLE}; {advice}")
    path = folder / relative
    if not path.is_file():
        raise DataError(f"{path} is missing; {advice}")
    require_size(path, DATA_BYTES)
    return path


def read_columns(path: Path, names: Iterable[str]) -> dict[str, list[str]]:
    """Read columns of a CSV file with a header line, as text.

    Raises
    ------
    DataError
        If the file is not a CSV table or lacks a column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a valid CSV file: {error}") from error
    if not rows:
        raise DataError(f"{path} has no rows")
    columns: dict[str, list[str]] = {}
    for name in names:
        if any(row.get(name) is None for row in rows):
            raise DataError(f"{path}: column {name!r} is missing or incomplete")
        columns[name] = [row[name] for row in rows]
    return columns


def numbers(path: Path, name: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Convert a column to numbers, shape ``(n,)``; empty cells become NaN.

    Raises
    ------
    DataError
        If a cell is not a number.
    """
    try:
        return np.array([float(t) if t else np.nan for t in texts])
    except ValueError as error:
        raise DataError(f"{path}: column {name!r}: {error}") from error


def complete_numbers(path: Path, name: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Convert a column to finite numbers, shape ``(n,)``; see `numbers`."""
    column = numbers(path, name, texts)
    if not np.isfinite(column).all():
        row = int(np.argmin(np.isfinite(column)))
        raise DataError(f"{path}: column {name!r} is not a finite number in row {row + 1}")
    return column


def read_arrays(path: Path, ndims: Mapping[str, int]) -> dict[str, npt.NDArray[Any]]:
    """Read arrays of an ``.npz`` file.

    Parameters
    ----------
    path
        The file.
    ndims
        Number of axes of each array, by name.

    Raises
    ------
    DataError
        If the file is damaged, too large when unpacked, contains objects or lacks an array.
    """
    try:
        require_unpacked_size(path, DATA_BYTES)
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name]) for name in ndims}
    except KeyError as error:
        raise DataError(f"{path}: array {error} is missing") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not a valid npz file: {error}") from error
    for name, ndim in ndims.items():
        if arrays[name].ndim != ndim or not np.issubdtype(arrays[name].dtype, np.number):
            raise DataError(f"{path}: array {name!r} must be numeric with {ndim} axes")
    return arrays
