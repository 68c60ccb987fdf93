"""Data sets in memory, and the scaling of their images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dataset", "standardised"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Data set in memory, ready for training.

    Attributes
    ----------
    name
        Name of the data actually used, for reports.
    x_train, x_val
        Images, float32 of shape ``(n, height, width, channels)``; each channel has mean 0 and
        variance 1 over the training part. For texts, token numbers, int32 of shape
        ``(n, length)``.
    y_train, y_val
        Classes from 0 to ``num_classes - 1``, int64 of shape ``(n,)``; or 0 and 1 per label,
        float32 of shape ``(n, labels)``, if an image may have several labels.
    num_classes
        Number of classes or labels.
    note
        Source of the data, for the log.

    Examples
    --------
    >>> from nni_hpo_ext.trial.data import load_digits
    >>> data = load_digits()
    >>> data.image_shape, data.num_classes
    ((8, 8, 1), 10)
    >>> len(data.limited(100, 50).y_train)
    100
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
        """Return the first examples of each part; 0 means all."""
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
    """Scale each channel of both parts to mean 0 and variance 1 over the training part.

    Parameters
    ----------
    x_train, x_val
        Images of shape ``(n, height, width, channels)`` on a common scale.

    Returns
    -------
    tuple of ndarray of float32
        The two parts, with the same shapes.

    Examples
    --------
    >>> images = np.array([0, 10]).reshape(2, 1, 1, 1)
    >>> scaled, _ = standardised(images, images)
    >>> scaled.ravel().tolist()
    [-1.0, 1.0]
    """
    mean = x_train.mean(axis=(0, 1, 2), dtype=np.float64).astype(np.float32)
    # A constant channel becomes 0 instead of NaN.
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
