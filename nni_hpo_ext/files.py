"""Read and write files, with limits on size and without running pickles."""

from __future__ import annotations

import codecs
import fcntl
import json
import math
import pickle
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from nni_hpo_ext.errors import DataError, ExperimentError

__all__ = [
    "DATABASE_BYTES",
    "DATA_BYTES",
    "SETTINGS_BYTES",
    "exclusive",
    "existing_text",
    "file_name",
    "finite",
    "json_text",
    "load_arrays",
    "one_at_a_time",
    "require_size",
    "require_unpacked_size",
    "tail",
    "write_json",
    "write_text",
]

SETTINGS_BYTES = 16 * 2**20
"""Largest size of a config, a search space or class arguments, in bytes."""

DATA_BYTES = 512 * 2**20
"""Largest size of a table, in bytes: ten times that of the largest benchmark."""

DATABASE_BYTES = 8 * 2**30
"""Largest size of an experiment's database, in bytes; a million results take about one GiB."""

_MIB = 2**20


def require_size(path: Path, most: int) -> None:
    """Refuse a file that is too large to be the right one.

    Raises
    ------
    DataError
        If it is larger than ``most`` bytes.
    OSError
        If it does not exist.
    """
    _require(path, path.stat().st_size, most)


def require_unpacked_size(path: Path, most: int) -> None:
    """Refuse a zip or ``.npz`` file whose unpacked content is too large; see `require_size`."""
    require_size(path, most)
    with zipfile.ZipFile(path) as archive:
        _require(path, sum(info.file_size for info in archive.infolist()), most)


def _require(path: Path, size: int, most: int) -> None:
    if size > most:
        raise DataError(
            f"{path} holds {size / _MIB:,.1f} MiB, more than the limit of {most / _MIB:,.1f} MiB; "
            "is it the right file?"
        )


def finite(value: Any) -> Any:
    """Return plain JSON values: None for non-finite numbers, strings for other objects.

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


def file_name(text: str) -> str:
    """Return a text without what file names cannot hold, or shells take for more than text.

    Examples
    --------
    >>> file_name("DIVERSIFIED, repeat 0")
    'DIVERSIFIED-repeat-0'
    """
    return re.sub(r"[^\w.-]+", "-", text).strip("-")


def json_text(content: Any) -> str:
    r"""Return plain JSON values as indented text that ends with a newline.

    Examples
    --------
    >>> json_text({"best": None})
    '{\n  "best": null\n}\n'
    """
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
    """Write a file that a command-line option names.

    Parameters
    ----------
    path
        The file.
    text
        Its content.
    option
        The option, for error messages.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{option} {path}: {error.strerror}") from error


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in here with the same file.

    Parameters
    ----------
    path
        File that is locked; it is made, and stays.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, one_at_a_time(Path(folder, "cache", ".lock")):
    ...     Path(folder, "cache", ".lock").exists()
    True
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def exclusive(directory: Path, user: str) -> Iterator[None]:
    """Refuse a directory that another process uses: both would write to its logs.

    Parameters
    ----------
    directory
        The directory; the file ``.lock`` in it is locked.
    user
        Name of the command, for the message.

    Raises
    ------
    ExperimentError
        If another process has locked it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, exclusive(Path(folder), "nni-hpo serve"):
    ...     Path(folder, ".lock").exists()
    True
    """
    with (directory / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ExperimentError(f"{directory}: another {user} uses it") from error
        yield


def existing_text(path: Path) -> str:
    """Return a file's text, also if it is damaged; empty if there is no such file.

    Examples
    --------
    >>> from pathlib import Path
    >>> existing_text(Path("no-such.log"))
    ''
    """
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def tail(path: Path, lines: int = 15) -> str:
    r"""Return a file's last non-empty lines; empty if there is no such file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "trial.log")
    ...     _ = path.write_text("epoch 1\nepoch 2\n\n")
    ...     tail(path, lines=1)
    'epoch 2'
    """
    kept = [line for line in existing_text(path).splitlines() if line.strip()]
    return "\n".join(kept[-lines:])


def load_arrays(stream: IO[bytes], encoding: str = "ASCII") -> Any:
    """Unpickle plain values and arrays of numbers, and nothing that could run code.

    Raises
    ------
    pickle.UnpicklingError
        If the pickle names anything else.
    Exception
        Any exception if the pickle is damaged, because its bytes are a program.

    Examples
    --------
    >>> import io
    >>> load_arrays(io.BytesIO(pickle.dumps({"loss": np.zeros(2)})))
    {'loss': array([0., 0.])}
    """
    return _ArrayUnpickler(stream, encoding=encoding).load()


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickler restricted to arrays and plain values; an ordinary one calls anything."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the parts of an array, and refuse everything else."""
        # Old files name numpy.core, new ones numpy._core; one resolves with both numpys.
        wanted = (module.replace("numpy._core", "numpy.core"), name)
        if wanted == ("numpy", "ndarray"):
            return np.ndarray
        if wanted == ("numpy", "dtype"):
            return np.dtype
        # The functions that numpy pickles, wherever the installed version keeps them.
        if wanted == ("numpy.core.multiarray", "_reconstruct"):
            return np.empty(0).__reduce__()[0]
        if wanted == ("numpy.core.multiarray", "scalar"):
            return np.float64(0).__reduce__()[0]
        if wanted == ("numpy.core.numeric", "_frombuffer"):
            return np.empty(1).__reduce_ex__(5)[0]
        if wanted == ("_codecs", "encode"):
            return codecs.encode
        raise pickle.UnpicklingError(
            f"the pickle names {module}.{name}, which plain data does not need"
        )
