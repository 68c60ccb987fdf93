"""Files that a user names: too large ones are refused, and pickles run nothing; JSON."""

from __future__ import annotations

import codecs
import json
import math
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from nni_hpo_ext.errors import DataError

__all__ = [
    "DATABASE_BYTES",
    "DATA_BYTES",
    "SETTINGS_BYTES",
    "finite",
    "json_text",
    "load_arrays",
    "require_size",
    "require_unpacked_size",
    "write_json",
    "write_text",
]

SETTINGS_BYTES = 16 * 2**20
"""Most bytes of a config, a search space or class arguments."""

DATA_BYTES = 512 * 2**20
"""Most bytes of a table; that of the largest benchmark has a tenth of it."""

DATABASE_BYTES = 8 * 2**30
"""Most bytes of an experiment's database: a million results take about one GiB."""

_MIB = 2**20


def require_size(path: Path, most: int) -> None:
    """Refuse a file that is too large to be what it should be.

    Raises
    ------
    DataError
        If it holds more than ``most`` bytes.
    OSError
        If it is not there.
    """
    _require(path, path.stat().st_size, most)


def require_unpacked_size(path: Path, most: int) -> None:
    """Refuse a zip file, as ``.npz`` files are, whose content is too large; see `require_size`."""
    require_size(path, most)
    with zipfile.ZipFile(path) as archive:
        _require(path, sum(info.file_size for info in archive.infolist()), most)


def _require(path: Path, size: int, most: int) -> None:
    if size > most:
        raise DataError(
            f"{path} holds {size / _MIB:,.1f} MiB, more than the {most / _MIB:,.1f} MiB that are "
            "read; is it the right file?"
        )


def finite(value: Any) -> Any:
    """Return plain JSON values: None for numbers that are not finite, other objects as text.

    Examples
    --------
    >>> finite({"best": float("nan"), "path": Path("a")})
    {'best': None, 'path': 'a'}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    return value if value is None or isinstance(value, (str, int)) else str(value)


def json_text(content: Any) -> str:
    """Return plain JSON values as text with a line end."""
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON to a file.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    write_text(path, json_text(content), "--json")


def write_text(path: Path, text: str, option: str = "--out") -> None:
    """Write a file that a command's option names.

    Parameters
    ----------
    path
        The file.
    text
        What to write.
    option
        The option, for the message of an error.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{option} {path}: {error.strerror}") from error


def load_arrays(stream: IO[bytes], encoding: str = "ASCII") -> Any:
    """Unpickle plain values and arrays of numbers, and nothing that could run.

    Raises
    ------
    pickle.UnpicklingError
        If the pickle names anything else.
    Exception
        If it is damaged, in any way at all: its bytes are a program.
    """
    return _ArrayUnpickler(stream, encoding=encoding).load()


class _ArrayUnpickler(pickle.Unpickler):
    """Builds arrays and plain values only: a pickle may otherwise call anything."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what an array is made of, and refuse everything else."""
        # Old files name numpy.core, new ones numpy._core; one resolves with both numpys.
        wanted = (module.replace("numpy._core", "numpy.core"), name)
        if wanted == ("numpy", "ndarray"):
            return np.ndarray
        if wanted == ("numpy", "dtype"):
            return np.dtype
        # The functions that numpy's own pickling names, wherever this numpy keeps them.
        if wanted == ("numpy.core.multiarray", "_reconstruct"):
            return np.empty(0).__reduce__()[0]
        if wanted == ("numpy.core.multiarray", "scalar"):
            return np.float64(0).__reduce__()[0]
        if wanted == ("numpy.core.numeric", "_frombuffer"):
            return np.empty(1).__reduce_ex__(5)[0]
        if wanted == ("_codecs", "encode"):
            return codecs.encode
        raise pickle.UnpicklingError(f"it names {module}.{name}, which plain data do not need")
