"""Open a directory prepared by TensorFlow Datasets."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError, MissingDependencyError
from nni_hpo_ext.trial.data._parts import HELD_OUT_SHARE

__all__ = ["open_prepared", "prepared_directory"]

_INFO = "dataset_info.json"


def prepared_directory(folder: Path) -> Path | None:
    """Return the newest prepared version in a folder, the folder if it is one, or None."""
    if (folder / _INFO).is_file():
        return folder
    versions = [path.parent for path in folder.glob(f"*/{_INFO}")]
    return max(versions, key=_version, default=None)


def _version(directory: Path) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else -1 for part in directory.name.split("."))


def open_prepared(directory: Path) -> tuple[Any, int, str, str, str]:
    """Open a prepared data set, without a download.

    Parameters
    ----------
    directory
        Version directory, for example ``plant_leaves/0.1.1``.

    Returns
    -------
    tuple
        The TFDS builder, the number of classes, and the names of the training, the validation and
        the test split. Missing ones are the last 15 % each of the training split, in its stored
        order, which is shuffled.

    Raises
    ------
    MissingDependencyError
        If ``tensorflow-datasets`` is not installed.
    DataError
        If the directory is damaged, or its data are not images with one class each.
    """
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise MissingDependencyError(
            f"{directory} needs TensorFlow Datasets ({error}): "
            "pip install tensorflow-datasets importlib_resources"
        ) from None
    try:
        builder = tfds.builder_from_directory(str(directory))
        classes = int(builder.info.features["label"].num_classes)
        splits = set(builder.info.splits)
    except Exception as error:  # TFDS raises any error of its parsers
        raise DataError(f"{directory} is not a prepared data set of images: {error!r}") from error
    validation = next((name for name in ("validation", "val") if name in splits), None)
    test = "test" if "test" in splits else None
    if "train" not in splits:
        raise DataError(f"{directory} has no split 'train', only {sorted(splits)}")
    missing = [part is None for part in (validation, test)].count(True)
    held_out = round(100 * HELD_OUT_SHARE)
    bounds = [100 - missing * held_out, 100 - (missing - 1) * held_out, 100]
    slices = iter(f"train[{a}%:{b}%]" for a, b in pairwise(bounds))
    train = f"train[:{bounds[0]}%]" if missing else "train"
    return builder, classes, train, validation or next(slices), test or next(slices)
