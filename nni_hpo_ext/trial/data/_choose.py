"""Open the image data set that a trial names as pipelines."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.trial.data._cifar10 import load_cifar10
from nni_hpo_ext.trial.data._digits import load_digits
from nni_hpo_ext.trial.data._folder import folder_files
from nni_hpo_ext.trial.data._kaggle import kaggle_files
from nni_hpo_ext.trial.data._memory import check_limits, refuse_folder
from nni_hpo_ext.trial.data._pairs import load_digit_pairs
from nni_hpo_ext.trial.data._sources import Source, shared_folder, source_of
from nni_hpo_ext.trial.data._streams import (
    Streams,
    array_streams,
    file_streams,
    prepared_streams,
    shard_streams,
)
from nni_hpo_ext.trial.data._tfds import prepared_directory
from nni_hpo_ext.trial.data._tfrecords import shards

__all__ = ["DATA_OPTIONS", "image_streams"]

_logger = logging.getLogger(__name__)

DATA_OPTIONS: Mapping[str, bool | int | float | str] = {
    "data_dir": "",
    "max_train": 0,
    "max_val": 0,
    "max_classes": 0,
    "split_seed": 0,
}
"""Options of a trial on images, with their defaults; see `image_streams`."""

_IMAGENET_CLASSES = 1000


def image_streams(name: str, params: Mapping[str, Any], *, size: int, channels: int = 3) -> Streams:
    """Return an image data set as ``tf.data`` pipelines.

    The images are read from ``data_dir`` in `params`, or from the folder of the data set in
    ``$NNI_HPO_DATA``. The content of the folder determines the format: CIFAR-10's python batches,
    a directory prepared by TensorFlow Datasets, ImageNet's TFRecord shards, Kaggle's CSV file with
    a folder of images, or one folder per class, with or without a training and a validation part.
    Nothing is downloaded. If there is no folder, digits are used instead, with a warning in the
    log.

    Parameters
    ----------
    name
        A name in `SOURCES`, or ``"digits"``.
    params
        The trial's parameters, with those of `DATA_OPTIONS`: ``data_dir``; ``max_train`` and
        ``max_val``, the maximum number of images of each part (0: all); ``max_classes``, the
        number of classes to use (0: all; for TFRecord shards, the number of classes in them);
        ``split_seed``, the seed of the split if the publisher made none; and ``seed``, that of the
        shuffling.
    size, channels
        Height and width in pixels, and channels, to scale images to.

    Raises
    ------
    ConfigError
        If the name is unknown, a limit is below 0, or ``data_dir`` is given for digits.
    DataError
        If a folder or a file is missing or malformed.
    MissingDependencyError
        If the folder was prepared by TensorFlow Datasets, which is not installed.

    Examples
    --------
    >>> data = image_streams("digits", {"max_train": 100}, size=16)
    >>> images, labels = next(iter(data.training(batch_size=32)))
    >>> images.shape
    TensorShape([32, 16, 16, 3])
    """
    options = {**DATA_OPTIONS, "seed": 42, **params}
    limits = (options["max_train"], options["max_val"])
    check_limits(*limits)
    streams = _open(name, options, limits, size, channels)
    _logger.info("data: %s", streams.note)
    return streams


def _open(
    name: str, options: Mapping[str, Any], limits: tuple[int, int], size: int, channels: int
) -> Streams:
    seed = options["seed"]
    if name == "digits":
        refuse_folder(options["data_dir"])
        return array_streams(load_digits(size, channels).limited(*limits), seed)
    source = source_of(name)
    data_dir = options["data_dir"]
    folder = Path(data_dir) if data_dir else shared_folder(source.title, source.folder)
    if folder is None:
        multi_label = source.kaggle is not None and source.kaggle.num_labels > 0
        digits = load_digit_pairs(size, channels) if multi_label else load_digits(size, channels)
        stand_in = replace(digits, name=f"{digits.name} (stand-in for {name})")
        return array_streams(stand_in.limited(*limits), seed)
    if not folder.is_dir():
        raise DataError(f"data folder {folder} does not exist; correct data_dir")
    return _read_folder(source, name, folder, options, limits, size, channels)


def _read_folder(
    source: Source,
    name: str,
    folder: Path,
    options: Mapping[str, Any],
    limits: tuple[int, int],
    size: int,
    channels: int,
) -> Streams:
    """Read a folder in the format that its content shows."""
    seed = options["seed"]
    if (folder / "data_batch_1").is_file():
        return array_streams(load_cifar10(folder, limits[0] or None, limits[1] or None), seed)
    if prepared := prepared_directory(folder):
        return prepared_streams(name, prepared, size, seed, limits)
    if train := shards(folder, "train"):
        validation = shards(folder, "validation")
        if not validation:
            raise DataError(f"{folder} has shards train-* but no shards validation-*")
        classes = options["max_classes"] or _IMAGENET_CLASSES
        return shard_streams(name, train, validation, classes, size, seed, limits)
    how = {"seed": options["split_seed"], "max_classes": options["max_classes"]}
    if source.kaggle and (source.kaggle.num_labels or (folder / source.kaggle.csv).is_file()):
        files, held_out, classes = kaggle_files(folder, source.kaggle, **how)
    else:
        files, held_out, classes = folder_files(folder, **how)
    parts = [
        part.sample(most, options["split_seed"])
        for part, most in zip((files, held_out), limits, strict=True)
    ]
    return file_streams(name, parts[0], parts[1], classes, size, channels, seed)
