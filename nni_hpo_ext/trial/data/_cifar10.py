"""Read CIFAR-10 from its official python batches, without running pickled code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import DATA_BYTES, load_arrays, require_size
from nni_hpo_ext.trial.data._arrays import Dataset, from_parts
from nni_hpo_ext.trial.data._parts import Examples, three_parts

__all__ = ["cifar10_batches", "is_cifar10", "load_cifar10"]

_TRAIN_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
_TEST_FILE = "test_batch"
_NAMES_FILE = "batches.meta"
_ROW = 3 * 32 * 32
_CLASSES = 10
_SOURCE = "download cifar-10-python.tar.gz from www.cs.toronto.edu/~kriz/cifar.html again"


def load_cifar10(
    path: str | Path,
    max_train: int = 0,
    max_val: int = 0,
    *,
    max_classes: int = 0,
    split_seed: int = 0,
) -> Dataset:
    """Read CIFAR-10. The official test part is the test part.

    Parameters
    ----------
    path
        Folder with ``data_batch_1`` to ``data_batch_5`` and ``test_batch``, of any number of rows
        each.
    max_train, max_val
        Maximum number of images of each part; 0 for all.
    max_classes
        Number of classes to use, in order; 0 for all.
    split_seed
        Seed of the split of the training images: 15 % of them are the validation part.

    Returns
    -------
    Dataset
        Images of shape ``(32, 32, 3)``, 10 classes.

    Raises
    ------
    DataError
        If the folder or a file is missing or damaged, or a file is not a batch.

    Examples
    --------
    >>> load_cifar10("cifar-10-batches-py", max_train=1000).x_train.shape  # doctest: +SKIP
    (1000, 32, 32, 3)
    """
    folder = Path(path)
    if not folder.is_dir():
        raise DataError(f"CIFAR-10 folder {folder} does not exist; give the extracted folder")
    train, test = (
        _read_part([folder / name for name in names]).of_first_classes(max_classes)
        for names in (_TRAIN_FILES, (_TEST_FILE,))
    )
    parts = three_parts(train, None, test, split_seed)
    classes = min(max_classes or _CLASSES, _CLASSES)
    return from_parts("cifar10", parts, classes, f"CIFAR-10 from {folder}", (max_train, max_val))


def is_cifar10(folder: Path) -> bool:
    """Return whether a folder holds CIFAR-10's python batches.

    Examples
    --------
    >>> is_cifar10(Path("cifar-10-batches-py"))  # doctest: +SKIP
    True
    """
    return (folder / _TRAIN_FILES[0]).is_file()


def cifar10_batches(folder: Path) -> Iterator[tuple[str, NDArray[np.uint8], list[str]]]:
    """Yield the images of CIFAR-10 as they are, file by file.

    Parameters
    ----------
    folder
        Folder with ``data_batch_1`` to ``data_batch_5``, ``test_batch`` and ``batches.meta``.

    Yields
    ------
    tuple
        The part, ``"train"`` or ``"test"``, images of shape ``(n, 32, 32, 3)``, and the name of the
        class of each.

    Raises
    ------
    DataError
        If a file is missing or damaged.

    Examples
    --------
    >>> part, images, names = next(cifar10_batches(Path("batches")))  # doctest: +SKIP
    >>> part, images.shape, names[0]  # doctest: +SKIP
    ('train', (10000, 32, 32, 3), 'frog')
    """
    names = _class_names(folder / _NAMES_FILE)
    parts = {**dict.fromkeys(_TRAIN_FILES, "train"), _TEST_FILE: "test"}
    for name, part in parts.items():
        images, labels = _read_batch(folder / name)
        yield part, images, [names[label] for label in labels]


def _class_names(file: Path) -> list[str]:
    found = _unpickled(file)
    listed = found.get(b"label_names") if isinstance(found, dict) else None
    if not isinstance(listed, list) or len(listed) != _CLASSES:
        raise DataError(f"{file} does not name {_CLASSES} classes ('label_names'); {_SOURCE}")
    return [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
            for name in listed]  # fmt: skip


def _read_part(files: list[Path]) -> Examples:
    batches = [_read_batch(file) for file in files]
    images, labels = zip(*batches, strict=True)
    return Examples(np.concatenate(images), np.concatenate(labels))


def _read_batch(file: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the images ``(n, 32, 32, 3)`` and labels ``(n,)`` of a batch file."""
    batch = _unpickled(file)
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= batch.keys():
        raise DataError(f"{file} is not a CIFAR-10 batch (keys 'data' and 'labels'); {_SOURCE}")
    rows = batch[b"data"]
    if not isinstance(rows, np.ndarray) or rows.dtype != np.uint8 or rows.shape[1:] != (_ROW,):
        raise DataError(f"{file}: 'data' must be an (n, {_ROW}) array of bytes; {_SOURCE}")
    labels = _labels(batch[b"labels"], file)
    if len(labels) != len(rows) or len(rows) == 0:
        raise DataError(f"{file}: {len(rows)} images but {len(labels)} labels; {_SOURCE}")
    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels


def _labels(listed: Any, file: Path) -> NDArray[np.int64]:
    if not isinstance(listed, list) or not all(
        type(v) is int and 0 <= v < _CLASSES for v in listed
    ):
        raise DataError(
            f"{file}: 'labels' must be a list of classes 0 to {_CLASSES - 1}; {_SOURCE}"
        )
    return np.array(listed, dtype=np.int64)


def _unpickled(file: Path) -> Any:
    try:
        require_size(file, DATA_BYTES)
        with file.open("rb") as stream:
            return load_arrays(stream, encoding="bytes")
    except FileNotFoundError:
        raise DataError(f"CIFAR-10 file {file} is missing; {_SOURCE}") from None
    except OSError as error:
        raise DataError(f"CIFAR-10 file {file} cannot be read: {error}") from error
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"CIFAR-10 file {file} is damaged ({error}); {_SOURCE}") from error
