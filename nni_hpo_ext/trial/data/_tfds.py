"""Data sets of TensorFlow Datasets, from a directory that it has prepared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError, MissingDependencyError

_INFO = "dataset_info.json"


def prepared_directory(folder: Path) -> Path | None:
    """Return the newest version that is prepared in a folder, or is the folder; None if none."""
    if (folder / _INFO).is_file():
        return folder
    versions = [path.parent for path in folder.glob(f"*/{_INFO}")]
    return max(versions, key=_version, default=None)


def _version(directory: Path) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else -1 for part in directory.name.split("."))


def open_prepared(directory: Path) -> tuple[Any, int, str, str]:
    """Open a prepared data set, without ever downloading.

    Parameters
    ----------
    directory : Path
        Version directory, for example ``plant_leaves/0.1.1``.

    Returns
    -------
    tuple
        TFDS' builder, the number of classes, and the names of the training and validation
        splits. A data set that has a training split only is divided four to one, in the
        order in which its preparation shuffled it.

    Raises
    ------
    MissingDependencyError
        ``tensorflow-datasets`` is not installed.
    DataError
        The directory is damaged, or its data are no images with one class each.
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
    except Exception as error:  # TFDS raises whatever its parsers happen to raise
        raise DataError(f"{directory} is no prepared data set of images: {error!r}") from error
    held_out = next((name for name in ("validation", "val", "test") if name in splits), None)
    if "train" not in splits:
        raise DataError(f"{directory} has no split 'train'; it has {sorted(splits)}")
    if held_out is None:
        return builder, classes, "train[:80%]", "train[80%:]"
    return builder, classes, "train", held_out
