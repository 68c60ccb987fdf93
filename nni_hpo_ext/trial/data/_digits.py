"""Handwritten digits from scikit-learn, which need no download."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data._arrays import Dataset, standardised

__all__ = ["load_digits", "resized"]

_SPLIT_SEED = 0
_TRAIN_SHARE = 0.8


def load_digits(size: int = 8, channels: int = 1) -> Dataset:
    """Return the 1,797 digits, split four to one, always in the same way.

    Parameters
    ----------
    size
        Height and width in pixels; the originals are 8 x 8.
    channels
        Number of identical channels.

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
    ((1437, 32, 32, 3), 360)
    """
    if size < 1 or channels < 1:
        raise ConfigError(
            f"digits: size and channels must be at least 1, got {size} and {channels}"
        )
    from sklearn import datasets

    bunch = datasets.load_digits()
    images = np.repeat(resized(bunch.images, size)[..., None], channels, axis=3)
    labels = bunch.target.astype(np.int64)
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(labels))
    cut = int(len(labels) * _TRAIN_SHARE)
    train, val = order[:cut], order[cut:]
    x_train, x_val = standardised(images[train], images[val])
    return Dataset(
        name="digits",
        x_train=x_train,
        y_train=labels[train],
        x_val=x_val,
        y_val=labels[val],
        num_classes=10,
        note=f"scikit-learn's digits, scaled to {size} x {size} x {channels}",
    )


def resized(images: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Scale square images by bilinear interpolation.

    Parameters
    ----------
    images
        Images of shape ``(n, side, side)``.
    size
        Height and width of the result.

    Returns
    -------
    ndarray of float64
        Images of shape ``(n, size, size)``.
    """
    weights = _bilinear_weights(images.shape[1], size)
    scaled: NDArray[np.float64] = np.einsum(
        "ij,njk,lk->nil", weights, images.astype(np.float64), weights, optimize=True
    )
    return scaled


def _bilinear_weights(side: int, size: int) -> NDArray[np.float64]:
    """Return the ``(size, side)`` matrix that interpolates an axis, with aligned pixel centres."""
    centres = np.clip((np.arange(size) + 0.5) * side / size - 0.5, 0, side - 1)
    return np.maximum(0.0, 1.0 - np.abs(centres[:, None] - np.arange(side)[None, :]))
