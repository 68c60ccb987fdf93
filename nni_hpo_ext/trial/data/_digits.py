"""Handwritten digits from scikit-learn, which need no download."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.trial.data._arrays import Dataset, Size, from_parts, sides
from nni_hpo_ext.trial.data._parts import Examples, three_parts

__all__ = ["load_digits", "resized"]

_CLASSES = 10


def load_digits(
    size: Size = 8,
    channels: int = 1,
    *,
    max_train: int = 0,
    max_val: int = 0,
    max_classes: int = 0,
    split_seed: int = 0,
) -> Dataset:
    """Return the 1,797 digits: 15 % each are the validation and the test part.

    Parameters
    ----------
    size
        Height and width in pixels, or one number for both; the originals are 8 x 8.
    channels
        Number of identical channels.
    max_train, max_val
        Maximum number of images of each part; 0 for all.
    max_classes
        Number of classes to use, in order; 0 for all.
    split_seed
        Seed of the split.

    Returns
    -------
    Dataset
        Images of shape ``(size, size, channels)``, 10 classes.

    Raises
    ------
    ConfigError
        If `size` or `channels` is below 1.

    Examples
    --------
    >>> data = load_digits(size=32, channels=3)
    >>> data.x_train.shape, len(data.y_val)
    ((1258, 32, 32, 3), 270)
    """
    height, width = sides(size)
    whole_number("channels", channels, 1)
    from sklearn import datasets

    bunch = datasets.load_digits()
    images = np.repeat(resized(bunch.images, size)[..., None], channels, axis=3)
    digits = Examples(images, bunch.target.astype(np.int64)).of_first_classes(max_classes)
    parts = three_parts(digits, None, None, split_seed)
    note = f"scikit-learn's digits, scaled to {height} x {width} x {channels}"
    classes = min(max_classes or _CLASSES, _CLASSES)
    return from_parts("digits", parts, classes, note, (max_train, max_val))


def resized(images: NDArray[Any], size: Size) -> NDArray[np.float64]:
    """Scale images by bilinear interpolation.

    Parameters
    ----------
    images
        Images of shape ``(n, height, width)``.
    size
        Height and width of the result, or one number for both.

    Returns
    -------
    ndarray of float64
        Images of the new height and width.
    """
    rows, columns = (
        _bilinear_weights(old, new) for old, new in zip(images.shape[1:], sides(size), strict=True)
    )
    scaled: NDArray[np.float64] = np.einsum(
        "ij,njk,lk->nil", rows, images.astype(np.float64), columns, optimize=True
    )
    return scaled


def _bilinear_weights(side: int, size: int) -> NDArray[np.float64]:
    """Return the ``(size, side)`` matrix that interpolates an axis, with aligned pixel centres."""
    centres = np.clip((np.arange(size) + 0.5) * side / size - 0.5, 0, side - 1)
    return np.maximum(0.0, 1.0 - np.abs(centres[:, None] - np.arange(side)[None, :]))
