"""A data set that fits into memory, and bringing its images to a common scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples and labels, ready for training.

    Attributes
    ----------
    name : str
        What the data really is, for reports.
    x_train, x_val : ndarray of float32, shape (n, height, width, channels)
        Images, each channel with mean 0 and variance 1 over the training part. For texts
        int32 and shape (n, length): numbers of tokens.
    y_train, y_val : ndarray of int64 with shape (n,), or of float32 with shape (n, labels)
        Classes from 0 to ``num_classes - 1``; or 0 and 1 for each label, where an image may
        have several.
    num_classes : int
        Number of classes or labels.
    note : str
        Where the data came from.
    """

    name: str
    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_val: NDArray[Any]
    y_val: NDArray[Any]
    num_classes: int
    note: str

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        height, width, channels = self.x_train.shape[1:]
        return height, width, channels

    def limited(self, max_train: int, max_val: int) -> Dataset:
        """Return the first images of each part; 0 means all."""
        train, val = max_train or None, max_val or None
        return replace(
            self,
            x_train=self.x_train[:train],
            y_train=self.y_train[:train],
            x_val=self.x_val[:val],
            y_val=self.y_val[:val],
        )


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
