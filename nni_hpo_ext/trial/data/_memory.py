"""Open the image data set that a trial names in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data._arrays import Dataset
from nni_hpo_ext.trial.data._cifar10 import load_cifar10
from nni_hpo_ext.trial.data._digits import load_digits
from nni_hpo_ext.trial.data._sources import shared_folder, source_of

__all__ = ["check_limits", "image_dataset", "refuse_folder"]


def image_dataset(
    name: str,
    data_dir: str = "",
    *,
    size: int = 32,
    channels: int = 3,
    max_train: int = 0,
    max_val: int = 0,
    max_classes: int = 0,
    split_seed: int = 0,
) -> Dataset:
    """Return CIFAR-10 or scikit-learn's digits in memory.

    CIFAR-10 is read from `data_dir`, or from ``$NNI_HPO_DATA/cifar-10-batches-py``. If neither
    exists, the digits are used instead; the log has a warning, and the name of the data set shows
    it.

    Parameters
    ----------
    name
        ``"cifar10"`` or ``"digits"``.
    data_dir
        Folder of the official CIFAR-10 python batches; empty for none.
    size, channels
        Height and width in pixels, and channels, of the digits. Images of CIFAR-10 are always
        32 x 32 x 3.
    max_train, max_val
        Maximum number of images of each part; 0 for all.
    max_classes
        Number of classes to use, in order; 0 for all.
    split_seed
        Seed of the split, where the publisher made none.

    Raises
    ------
    ConfigError
        If the name is unknown, a limit is below 0, or `data_dir` is given for digits.
    DataError
        If the folder or a file in it is missing or damaged.

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
    if name != "cifar10":
        raise ConfigError(f"unknown dataset {name!r}; use cifar10 or digits")
    source = source_of(name)
    folder = Path(data_dir) if data_dir else shared_folder(source.title, source.folder)
    if folder is not None:
        return load_cifar10(folder, **how)
    return replace(load_digits(size, channels, **how), name="digits (stand-in for cifar10)")


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
