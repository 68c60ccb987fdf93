"""The data set of a trial, and how a trial that names one gets it."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import ConfigError

_LOG = logging.getLogger(__name__)
_CIFAR_FOLDER = "cifar-10-batches-py"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels, ready for training.

    Attributes
    ----------
    name : str
        What the data really is, for reports.
    x_train, x_val : ndarray of float32, shape (n, height, width, channels)
        Images, each channel with mean 0 and variance 1 over the training part.
    y_train, y_val : ndarray of int64, shape (n,)
        Labels from 0 to ``num_classes - 1``.
    num_classes : int
        Number of classes.
    note : str
        Where the data came from.
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_val: NDArray[np.float32]
    y_val: NDArray[np.int64]
    num_classes: int
    note: str

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        height, width, channels = self.x_train.shape[1:]
        return height, width, channels


def standardised(
    x_train: NDArray[Any], x_val: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bring each channel of both parts to mean 0, variance 1 over the training part.

    Parameters
    ----------
    x_train, x_val : ndarray, shape (n, height, width, channels)
        Images on any common scale.

    Returns
    -------
    tuple of ndarray of float32
        The two parts, same shapes.
    """
    mean = x_train.mean(axis=(0, 1, 2), dtype=np.float64).astype(np.float32)
    # A channel that never varies stays at 0 instead of being divided by 0.
    spread = x_train.std(axis=(0, 1, 2), dtype=np.float64).astype(np.float32)
    spread[spread == 0] = 1
    return _scaled(x_train, mean, spread), _scaled(x_val, mean, spread)


def _scaled(
    images: NDArray[Any], mean: NDArray[np.float32], spread: NDArray[np.float32]
) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = images.astype(np.float32)
    scaled -= mean
    scaled /= spread
    return scaled


def image_dataset(
    name: str,
    data_dir: str = "",
    *,
    size: int = 32,
    channels: int = 3,
    max_train: int = 0,
    max_val: int = 0,
) -> Dataset:
    """Return the data set `name`, or say loudly that another stands in for it.

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
    if min(max_train, max_val) < 0:
        raise ConfigError(f"max_train={max_train}, max_val={max_val}: use 0 for all, or a number")
    if name == "digits":
        if data_dir:
            raise ConfigError(f"data_dir={data_dir!r}: digits are embedded; leave data_dir out")
        return _limited_digits(size, channels, max_train, max_val)
    if name != "cifar10":
        raise ConfigError(f"dataset {name!r} is not known; use cifar10 or digits")
    folder = Path(data_dir) if data_dir else _shared_cifar10()
    if folder is not None:
        from nni_hpo_ext.trial.cifar10 import load_cifar10

        return load_cifar10(folder, max_train or None, max_val or None)
    stand_in = _limited_digits(size, channels, max_train, max_val)
    return replace(stand_in, name="digits (stand-in for cifar10)")


def _shared_cifar10() -> Path | None:
    root = os.environ.get("NNI_HPO_DATA", "")
    folder = Path(root) / _CIFAR_FOLDER
    if root and folder.is_dir():
        return folder
    place = str(folder) if root else "$NNI_HPO_DATA (not set)"
    _LOG.warning(
        "no CIFAR-10 found at %s: training on the embedded digits instead "
        "(give --data-dir to train on CIFAR-10)",
        place,
    )
    return None


def _limited_digits(size: int, channels: int, max_train: int, max_val: int) -> Dataset:
    from nni_hpo_ext.trial.digits import load_digits

    data = load_digits(size=size, channels=channels)
    train, val = max_train or None, max_val or None
    return replace(
        data,
        x_train=data.x_train[:train],
        y_train=data.y_train[:train],
        x_val=data.x_val[:val],
        y_val=data.y_val[:val],
    )
