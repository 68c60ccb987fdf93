"""How a trial that names a data set gets it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.trial.data._arrays import Dataset
from nni_hpo_ext.trial.data._cifar10 import load_cifar10
from nni_hpo_ext.trial.data._digits import load_digits
from nni_hpo_ext.trial.data._folder import folder_files
from nni_hpo_ext.trial.data._kaggle import kaggle_files
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

_LOG = logging.getLogger(__name__)

DATA_OPTIONS: Mapping[str, bool | int | float | str] = {
    "data_dir": "",
    "max_train": 0,
    "max_val": 0,
    "max_classes": 0,
    "split_seed": 0,
}
"""Options of a trial that takes images, with their defaults; see `image_streams`."""

_IMAGENET_CLASSES = 1000


def image_dataset(
    name: str,
    data_dir: str = "",
    *,
    size: int = 32,
    channels: int = 3,
    max_train: int = 0,
    max_val: int = 0,
) -> Dataset:
    """Return CIFAR-10 or digits in memory, or say loudly that the one stands in for the other.

    ``"digits"`` is scikit-learn's embedded set. ``"cifar10"`` is read from `data_dir` where one
    is given, else from ``$NNI_HPO_DATA/cifar-10-batches-py`` where that exists; where neither is
    there, the digits stand in, with a warning in the log and in the data set's name.

    Parameters
    ----------
    name : str
        ``"cifar10"`` or ``"digits"``.
    data_dir : str, optional
        Folder of the official CIFAR-10 python batches. Empty: not given.
    size, channels : int
        Height and width in pixels, and channels, that digits are brought to. CIFAR-10 images
        are 32 x 32 x 3 always.
    max_train, max_val : int
        Most images to use of each part; 0 for all.

    Raises
    ------
    ConfigError
        The name is not known, a limit is below 0, or a `data_dir` is given for digits.
    DataError
        The given `data_dir`, or a file in either folder, is missing or damaged.
    """
    _check_limits(max_train, max_val)
    if name == "digits":
        _refuse_folder(data_dir)
        return load_digits(size=size, channels=channels).limited(max_train, max_val)
    if name != "cifar10":
        raise ConfigError(f"dataset {name!r} is not known; use cifar10 or digits")
    source = source_of(name)
    folder = Path(data_dir) if data_dir else shared_folder(source.title, source.folder)
    if folder is not None:
        return load_cifar10(folder, max_train or None, max_val or None)
    stand_in = load_digits(size=size, channels=channels).limited(max_train, max_val)
    return replace(stand_in, name="digits (stand-in for cifar10)")


def image_streams(name: str, params: Mapping[str, Any], *, size: int, channels: int = 3) -> Streams:
    """Return the image set `name` as ``tf.data`` pipelines; digits stand in where it is not.

    The folder is `data_dir` of `params`, else the set's own folder in ``$NNI_HPO_DATA``. Its
    content decides how it is read: CIFAR-10's python batches, a directory that TensorFlow
    Datasets prepared, ImageNet's TFRecord shards, Kaggle's CSV file with a folder of images, or
    a folder for each class, with or without a training and a validation part above.
    Nothing is ever downloaded.

    Parameters
    ----------
    name : str
        A name in `SOURCES`, or ``"digits"``.
    params : mapping
        The trial's parameters, with those of `DATA_OPTIONS`: ``data_dir``; ``max_train`` and
        ``max_val``, the most images to use of each part (0: all); ``max_classes``, the first so
        many classes (0: all; with shards, which do not say it: how many there are);
        ``split_seed``, of the split where the publisher made none. And ``seed``, of the
        shuffling.
    size, channels : int
        Height and width in pixels, and channels, that images are brought to.

    Raises
    ------
    ConfigError
        The name is not known, a limit is below 0, or a `data_dir` is given for digits.
    DataError
        A folder or a file is missing or malformed.
    MissingDependencyError
        The folder was prepared by TensorFlow Datasets, which is not installed.
    """
    options = {**DATA_OPTIONS, "seed": 42, **params}
    limits = (options["max_train"], options["max_val"])
    _check_limits(*limits)
    streams = _opened(name, options, limits, size, channels)
    _LOG.info("data: %s", streams.note)
    return streams


def _opened(
    name: str, options: Mapping[str, Any], limits: tuple[int, int], size: int, channels: int
) -> Streams:
    seed = options["seed"]
    if name == "digits":
        _refuse_folder(options["data_dir"])
        return array_streams(load_digits(size, channels).limited(*limits), seed)
    source = source_of(name)
    given = options["data_dir"]
    folder = Path(given) if given else shared_folder(source.title, source.folder)
    if folder is None:
        several = source.kaggle is not None and source.kaggle.num_labels > 0
        digits = load_digit_pairs(size, channels) if several else load_digits(size, channels)
        stand_in = replace(digits, name=f"{digits.name} (stand-in for {name})")
        return array_streams(stand_in.limited(*limits), seed)
    if not folder.is_dir():
        raise DataError(f"data folder {folder} does not exist; correct data_dir")
    return _from_folder(source, name, folder, options, limits, size, channels)


def _from_folder(
    source: Source,
    name: str,
    folder: Path,
    options: Mapping[str, Any],
    limits: tuple[int, int],
    size: int,
    channels: int,
) -> Streams:
    """Read a folder by its content."""
    seed = options["seed"]
    if (folder / "data_batch_1").is_file():
        return array_streams(load_cifar10(folder, limits[0] or None, limits[1] or None), seed)
    if prepared := prepared_directory(folder):
        return prepared_streams(name, prepared, size, seed, limits)
    if train := shards(folder, "train"):
        validation = shards(folder, "validation")
        if not validation:
            raise DataError(f"{folder} holds shards train-* but none validation-*")
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


def _check_limits(max_train: int, max_val: int) -> None:
    if min(max_train, max_val) < 0:
        raise ConfigError(f"max_train={max_train}, max_val={max_val}: use 0 for all, or a number")


def _refuse_folder(data_dir: str) -> None:
    if data_dir:
        raise ConfigError(f"data_dir={data_dir!r}: digits are embedded; leave data_dir out")
