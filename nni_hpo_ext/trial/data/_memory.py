"""Open the image data set that a trial names as arrays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.trial.data._arrays import Dataset, Size, sides
from nni_hpo_ext.trial.data._cifar10 import load_cifar10
from nni_hpo_ext.trial.data._digits import load_digits
from nni_hpo_ext.trial.data._files import Files
from nni_hpo_ext.trial.data._frame import Frame
from nni_hpo_ext.trial.data._listed import listed_files
from nni_hpo_ext.trial.data._pictures import Pictures
from nni_hpo_ext.trial.data._sources import shared_folder, source_of
from nni_hpo_ext.trial.data._tfds import prepared_directory
from nni_hpo_ext.trial.data._tfrecords import shard_parts

__all__ = ["check_limits", "image_dataset", "refuse_folder"]


def image_dataset(
    name: str,
    data_dir: str = "",
    *,
    size: Size = 32,
    channels: int = 3,
    max_train: int = 0,
    max_val: int = 0,
    max_classes: int = 0,
    split_seed: int = 0,
    fit: str = "stretch",
) -> Dataset:
    """Return an image data set as arrays: in memory, or read from image files as needed.

    The images are read from `data_dir`, or from the folder of the data set in ``$NNI_HPO_DATA``:
    CIFAR-10's python batches, Kaggle's CSV file with a folder of images, or one folder per class,
    with or without separate parts; see `image_streams`. If there is no folder, the digits are used
    instead; the log has a warning, and the name of the data set shows it.

    Parameters
    ----------
    name
        A name in `SOURCES`, or ``"digits"``.
    data_dir
        Folder of the data set; empty for that in ``$NNI_HPO_DATA``.
    size, channels
        Height and width in pixels, and channels. Images of CIFAR-10 are always 32 x 32 x 3, those
        in files have 3 channels.
    max_train, max_val
        Maximum number of images of each part; 0 for all.
    max_classes
        Number of classes to use, in order; 0 for all.
    split_seed
        Seed of the split, where the publisher made none.
    fit
        What becomes of the aspect ratio of image files: ``"stretch"``, ``"crop"`` or ``"pad"``.

    Returns
    -------
    Dataset
        Images in files are not in memory; index them with row numbers.

    Raises
    ------
    ConfigError
        If the name is unknown, a limit is below 0, `data_dir` is given for digits, or images have
        several labels.
    DataError
        If the folder or a file in it is missing or damaged, or it does not contain image files.
    MissingDependencyError
        If Pillow, which reads image files, is not installed.

    Examples
    --------
    >>> data = image_dataset("digits", size=16, channels=1, max_train=100)
    >>> data.x_train.shape
    (100, 16, 16, 1)
    """
    check_limits(max_train, max_val, max_classes)
    how = {
        "max_train": max_train,
        "max_val": max_val,
        "max_classes": max_classes,
        "split_seed": split_seed,
    }
    if name == "digits":
        refuse_folder(data_dir)
        return load_digits(size, channels, **how)
    source = source_of(name)
    if source.kaggle and source.kaggle.num_labels:
        raise ConfigError(f"images of {name} have several labels; the Keras examples read them")
    frame = Frame(*sides(size), fit=fit)
    folder = Path(data_dir) if data_dir else shared_folder(source.title, source.folder)
    if folder is None:
        return replace(load_digits(size, channels, **how), name=f"digits (stand-in for {name})")
    if name == "cifar10" or (folder / "data_batch_1").is_file():
        return load_cifar10(folder, **how)
    if prepared_directory(folder) or shard_parts(folder):
        raise DataError(
            f"{folder} contains records, which the Keras examples read; give a folder of image "
            "files, split/class/file"
        )
    return _of_files(name, *listed_files(source, folder, how, frame.channels), frame)


def _of_files(
    name: str, parts: tuple[Files, Files, Files], num_classes: int, frame: Frame
) -> Dataset:
    train, validation, test = parts
    sizes = f"{len(train)} training, {len(validation)} validation, {len(test)} test images"
    return Dataset(
        name=name,
        x_train=Pictures(train, frame),
        y_train=train.labels,
        x_val=Pictures(validation, frame),
        y_val=validation.labels,
        x_test=Pictures(test, frame),
        y_test=test.labels,
        num_classes=num_classes,
        note=f"{name}: {sizes}",
    )


def check_limits(max_train: int, max_val: int, max_classes: int) -> None:
    """Check the limits on the number of images and classes.

    Raises
    ------
    ConfigError
        If a limit is below 0, or there is one class only.
    """
    if min(max_train, max_val, max_classes) < 0:
        raise ConfigError(
            f"max_train, max_val and max_classes must be at least 0 (all), got {max_train}, "
            f"{max_val} and {max_classes}"
        )
    if max_classes == 1:
        raise ConfigError("max_classes must be at least 2, or 0 (all), got 1")


def refuse_folder(data_dir: str) -> None:
    """Refuse a folder for digits, which need none.

    Raises
    ------
    ConfigError
        If a folder is given.
    """
    if data_dir:
        raise ConfigError(f"data_dir={data_dir!r} has no effect for digits; remove it")
