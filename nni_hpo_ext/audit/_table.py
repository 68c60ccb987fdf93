"""Read tables of learning curves, one trial per row."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import DATA_BYTES, require_size, require_unpacked_size

__all__ = ["SUFFIXES", "read_curves"]


def read_curves(path: Path, array: str | None = None) -> list[list[float]]:
    """Read the curves of a table.

    Parameters
    ----------
    path
        ``.npz``: a two-dimensional array with one trial per row. ``.csv``: one trial per row; with
        a header, the columns whose names end with a number, in the order of these numbers.
        ``.json``: a list of lists, or an object of lists by name. A curve ends at its last number;
        gaps before it are NaN.
    array
        Name of the array in an ``.npz`` file with several.

    Raises
    ------
    DataError
        If the file cannot be read or contains no curves.
    """
    if path.suffix not in SUFFIXES:
        raise DataError(f"{path}: a table of curves must end with {', '.join(SUFFIXES)}")
    try:
        (require_unpacked_size if path.suffix == ".npz" else require_size)(path, DATA_BYTES)
        rows = SUFFIXES[path.suffix](path, array)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except DataError:
        raise
    except Exception as error:  # readers may raise anything on a damaged file
        raise DataError(f"{path}: cannot be read: {error}") from error
    curves = [curve for curve in map(_trimmed, rows) if curve]
    if not curves:
        raise DataError(f"{path} contains no curves; expected one trial per row")
    return curves


def _npz(path: Path, name: str | None) -> list[list[float]]:
    import numpy as np

    with np.load(path, allow_pickle=False) as file:
        # Object arrays are pickles, which are never loaded.
        tables = {n: file[n] for n in (file.files if name is None else [name]) if n in file.files}
        tables = {n: a for n, a in tables.items() if a.ndim == 2 and a.dtype.kind in "fiu"}
        if len(tables) != 1:
            found = f"has {', '.join(tables)}" if tables else f"has only {', '.join(file.files)}"
            raise DataError(
                f"{path}: expected one two-dimensional array of numbers, but the file {found}; "
                "choose one with --array"
            )
        (table,) = tables.values()
        rows: list[list[float]] = table.astype(float).tolist()
        return rows


def _csv(path: Path, name: str | None) -> list[list[float]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    if not rows:
        return []
    columns: Iterable[int] = range(len(rows[0]))
    if any(cell.strip() and _number(cell) is None for cell in rows[0]):
        header = rows.pop(0)
        numbered = [
            (int(match[0]), i) for i, h in enumerate(header) if (match := re.search(r"\d+$", h))
        ]
        columns = [i for _, i in sorted(numbered)] or columns
    columns = list(columns)
    return [[_or_nan(row[i]) if i < len(row) else math.nan for i in columns] for row in rows]


def _json(path: Path, name: str | None) -> list[list[float]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(content, Mapping):
        content = list(content.values())
    if not isinstance(content, list) or not all(isinstance(row, list) for row in content):
        raise DataError(f"{path}: expected a list of lists, one for each trial")
    return [[_or_nan(value) for value in row] for row in content]


SUFFIXES: dict[str, Callable[[Path, str | None], list[list[float]]]] = {
    ".npz": _npz,
    ".csv": _csv,
    ".json": _json,
}


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, (bool, list, dict)) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _or_nan(value: Any) -> float:
    number = _number(value)
    return math.nan if number is None else number


def _trimmed(curve: Sequence[float]) -> list[float]:
    """Remove missing values at the end; infinities are kept, as they were reported."""
    length = len(curve)
    while length and math.isnan(curve[length - 1]):
        length -= 1
    return list(curve[:length])
