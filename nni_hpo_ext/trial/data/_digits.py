"""The handwritten digits that scikit-learn carries: real images that need no download."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.data._arrays import Dataset, standardised

_SPLIT_SEED = 0
_TRAIN_SHARE = 0.8


def load_digits(size: int = 8, channels: int = 1) -> Dataset:
    """Return the 1,797 digits, four fifths of them for training; the split is always the same.

    Parameters
    ----------
    size : int
        Height and width in pixels; the originals are 8 x 8.
    channels : int
        Number of channels, all alike.

    Returns
    -------
    Dataset
        Images of shape (size, size, channels), 10 classes.

    Raises
    ------
    ConfigError
        Size or channels below 1.
    """
    if size < 1 or channels < 1:
        raise ConfigError(f"digits: size={size}, channels={channels} must be 1 or more")
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
    images : ndarray, shape (n, side, side)
        The images.
    size : int
        The side wanted.

    Returns
    -------
    ndarray of float64, shape (n, size, size)
    """
    weights = _bilinear_weights(images.shape[1], size)
    scaled: NDArray[np.float64] = np.einsum(
        "ij,njk,lk->nil", weights, images.astype(np.float64), weights, optimize=True
    )
    return scaled


def _bilinear_weights(side: int, size: int) -> NDArray[np.float64]:
    """Return the (size, side) matrix that interpolates one axis; pixel centres are aligned."""
    centres = np.clip((np.arange(size) + 0.5) * side / size - 0.5, 0, side - 1)
    return np.maximum(0.0, 1.0 - np.abs(centres[:, None] - np.arange(side)[None, :]))
