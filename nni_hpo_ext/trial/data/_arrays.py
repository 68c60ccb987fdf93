"""Data sets in memory, and the scaling of their images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.trial.data._parts import Examples

__all__ = ["Dataset", "Size", "from_parts", "sides", "standardised"]

Size: TypeAlias = int | tuple[int, int]
"""Height and width in pixels, or one number for both."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Data set in memory, ready for training.

    Attributes
    ----------
    name
        Name of the data actually used, for reports.
    x_train, x_val, x_test
        Images, float32 of shape ``(n, height, width, channels)``; each channel has mean 0 and
        variance 1 over the training part. Images in files are read when they are indexed with a
        list of row numbers, and normalised by ImageNet's mean and variance. For texts,
        token numbers, int32 of shape ``(n, length)``.
    y_train, y_val, y_test
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
    x_train: Any
    y_train: NDArray[Any]
    x_val: Any
    y_val: NDArray[Any]
    x_test: Any
    y_test: NDArray[Any]
    num_classes: int
    note: str

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        height, width, channels = self.x_train.shape[1:]
        return height, width, channels

    def limited(self, max_train: int, max_val: int) -> Dataset:
        """Return the first training and validation examples; 0 means all."""
        train, val = max_train or None, max_val or None
        return replace(
            self,
            x_train=self.x_train[:train],
            y_train=self.y_train[:train],
            x_val=self.x_val[:val],
            y_val=self.y_val[:val],
        )


def sides(size: Size) -> tuple[int, int]:
    """Return height and width.

    Raises
    ------
    ConfigError
        If one of them is below 1.
    """
    height, width = size if isinstance(size, tuple) else (size, size)
    return whole_number("size", height, 1), whole_number("size", width, 1)


def standardised(x_train: NDArray[Any], *others: NDArray[Any]) -> list[NDArray[np.float32]]:
    """Scale each channel of all parts to mean 0 and variance 1 over the training part.

    Parameters
    ----------
    x_train, *others
        Images of shape ``(n, height, width, channels)`` on a common scale.

    Returns
    -------
    list of ndarray of float32
        The parts, with the same shapes.

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
    return [_scaled(part, mean, spread) for part in (x_train, *others)]


def from_parts(
    name: str, parts: Sequence[Examples], num_classes: int, note: str, limits: tuple[int, int]
) -> Dataset:
    """Return images as a data set: within the limits, and standardised."""
    train, validation, test = parts
    most_train, most_val = (most or None for most in limits)
    x_train, x_val, x_test = standardised(train.x[:most_train], validation.x[:most_val], test.x)
    y_train, y_val = train.labels[:most_train], validation.labels[:most_val]
    sizes = f"{len(y_train)} training, {len(y_val)} validation, {len(test.labels)} test images"
    return Dataset(
        name=name,
        x_train=x_train,
        y_train=y_train,
        x_val=x_val,
        y_val=y_val,
        x_test=x_test,
        y_test=test.labels,
        num_classes=num_classes,
        note=f"{note}: {sizes}",
    )


def _scaled(
    images: NDArray[Any], mean: NDArray[np.float32], spread: NDArray[np.float32]
) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = images.astype(np.float32)
    scaled -= mean
    scaled /= spread
    return scaled
