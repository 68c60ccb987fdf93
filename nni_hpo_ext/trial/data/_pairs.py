"""A task with several labels per image, made of scikit-learn's digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.trial.data._arrays import Dataset
from nni_hpo_ext.trial.data._digits import load_digits

__all__ = ["NUM_LABELS", "load_digit_pairs"]

NUM_LABELS = 28
_SEED = 0


def load_digit_pairs(size: int, channels: int) -> Dataset:
    """Return pictures of two digits side by side, with 28 labels.

    Labels 0 to 9: the digit is in the picture; 10 to 19: it is on the left; 20 to 27: remainder of
    the sum divided by 8, rare and hard labels as in the protein atlas. Each picture has two images
    of the same part, so that no digit is in two parts.

    Parameters
    ----------
    size
        Height and width in pixels, an even number.
    channels
        Number of identical channels.

    Returns
    -------
    Dataset
        As many pictures as there are digits; labels are float32 of shape ``(n, 28)``.
    """
    digits = load_digits(size=max(1, size // 2), channels=channels)
    generator = np.random.default_rng(_SEED)
    x_train, y_train = _paired(digits.x_train, digits.y_train, size, generator)
    x_val, y_val = _paired(digits.x_val, digits.y_val, size, generator)
    x_test, y_test = _paired(digits.x_test, digits.y_test, size, generator)
    return Dataset(
        name="digit pairs",
        x_train=x_train,
        y_train=y_train,
        x_val=x_val,
        y_val=y_val,
        x_test=x_test,
        y_test=y_test,
        num_classes=NUM_LABELS,
        note="pairs of scikit-learn's digits, 28 labels",
    )


def _paired(
    images: NDArray[np.float32],
    digits: NDArray[np.int64],
    size: int,
    generator: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return pictures ``(n, size, size, channels)`` and labels ``(n, 28)``."""
    other = generator.permutation(len(digits))
    left, right = digits, digits[other]
    half = images.shape[1]
    # The background of a standardised digit is the smallest value.
    shape = (len(digits), size, size, images.shape[3])
    pictures = np.full(shape, images.min(), dtype=np.float32)
    top = (size - half) // 2
    pictures[:, top : top + half, :half] = images
    pictures[:, top : top + half, half : 2 * half] = images[other]
    labels = np.zeros((len(digits), NUM_LABELS), dtype=np.float32)
    rows = np.arange(len(digits))
    labels[rows, left] = labels[rows, right] = 1
    labels[rows, 10 + left] = 1
    labels[rows, 20 + (left + right) % 8] = 1
    return pictures, labels
