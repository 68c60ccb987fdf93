"""Open the image data set that a trial names as pipelines."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nni_hpo_ext.arguments import number
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.trial.data._arrays import Size, sides
from nni_hpo_ext.trial.data._augment import augmentation
from nni_hpo_ext.trial.data._cifar10 import load_cifar10
from nni_hpo_ext.trial.data._digits import load_digits
from nni_hpo_ext.trial.data._frame import Frame
from nni_hpo_ext.trial.data._listed import listed_files
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
from nni_hpo_ext.trial.data._tfrecords import shard_parts

__all__ = ["DATA_OPTIONS", "image_streams"]

_logger = logging.getLogger(__name__)

DATA_OPTIONS: Mapping[str, bool | int | float | str] = {
    "data_dir": "",
    "max_train": 0,
    "max_val": 0,
    "max_classes": 0,
    "split_seed": 0,
    "fit": "stretch",
}
"""Options of a trial on images, with their defaults; see `image_streams`."""

_ARRAY_OPTIONS = ("max_train", "max_val", "max_classes", "split_seed")
_IMAGENET_CLASSES = 1000


def image_streams(
    name: str, params: Mapping[str, Any], *, size: Size, channels: int = 3
) -> Streams:
    """Return an image data set as ``tf.data`` pipelines.

    The images are read from ``data_dir`` in `params`, or from the folder of the data set in
    ``$NNI_HPO_DATA``. The content of the folder determines the format: CIFAR-10's python batches,
    a directory prepared by TensorFlow Datasets, ImageNet's TFRecord shards, Kaggle's CSV file with
    a folder of images, or one folder per class, with or without separate parts. A validation or a
    test part that is missing is split off from the training part, 15 % of it, stratified.
    Nothing is downloaded. If there is no folder, digits are used instead, with a warning in the
    log.

    Parameters
    ----------
    name
        A name in `SOURCES`, or ``"digits"``.
    params
        The trial's parameters, with those of `DATA_OPTIONS`: ``data_dir``; ``max_train`` and
        ``max_val``, the maximum number of images of these parts (0: all); ``max_classes``, the
        number of classes to use (0: all; for TFRecord shards, the number of classes in them);
        ``split_seed``, the seed of the split if the publisher made none; ``fit``, what becomes of
        the aspect ratio of image files (``"stretch"``, ``"crop"`` or ``"pad"``); ``seed``, that of
        the shuffling; and those of the augmentation, see `AUGMENT_OPTIONS`.
    size, channels
        Height and width in pixels (one number for both), and channels, to scale images to.

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
    check_limits(options["max_train"], options["max_val"], options["max_classes"])
    augment = augmentation(options)
    mixup = number("mixup", options.get("mixup", 0.0), 0)
    frame = Frame(*sides(size), channels, options["fit"])
    streams = replace(_open(name, options, frame), augment=augment, mixup=mixup)
    _logger.info("data: %s", streams.note)
    return streams


def _open(name: str, options: Mapping[str, Any], frame: Frame) -> Streams:
    size, channels = (frame.height, frame.width), frame.channels
    seed = options["seed"]
    how = {key: options[key] for key in _ARRAY_OPTIONS}
    if name == "digits":
        refuse_folder(options["data_dir"])
        return array_streams(load_digits(size, channels, **how), seed)
    source = source_of(name)
    data_dir = options["data_dir"]
    folder = Path(data_dir) if data_dir else shared_folder(source.title, source.folder)
    if folder is None:
        if source.kaggle is not None and source.kaggle.num_labels > 0:
            limits = (options["max_train"], options["max_val"])
            digits = load_digit_pairs(size[0], channels).limited(*limits)
        else:
            digits = load_digits(size, channels, **how)
        return array_streams(replace(digits, name=f"{digits.name} (stand-in for {name})"), seed)
    if not folder.is_dir():
        raise DataError(f"data folder {folder} does not exist; correct data_dir")
    if (folder / "data_batch_1").is_file():
        return array_streams(load_cifar10(folder, **how), seed)
    return _read_folder(source, name, folder, options, frame)


def _read_folder(
    source: Source,
    name: str,
    folder: Path,
    options: Mapping[str, Any],
    frame: Frame,
) -> Streams:
    """Read a folder in the format that its content shows."""
    seed = options["seed"]
    limits = (options["max_train"], options["max_val"])
    if prepared := prepared_directory(folder):
        return prepared_streams(name, prepared, frame.with_channels(3), seed, limits)
    if records := shard_parts(folder):
        classes = options["max_classes"] or _IMAGENET_CLASSES
        return shard_streams(name, records, classes, frame.with_channels(3), seed, limits)
    parts, classes = listed_files(source, folder, options, frame.channels)
    return file_streams(name, parts, classes, frame, seed)
