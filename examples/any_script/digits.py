"""Handwritten digits of scikit-learn as three parts."""

from __future__ import annotations

import numpy.typing as npt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def load() -> tuple[npt.NDArray, npt.NDArray, npt.NDArray, npt.NDArray]:
    """Return training images, validation images, training labels and validation labels.

    A fifth of the 1,797 images is left out, for a test of the best model at the end.
    """
    x, y = load_digits(return_X_y=True)
    x, _, y, _ = train_test_split(x / 16, y, test_size=0.2, random_state=0, stratify=y)
    split = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)
    return tuple(part.astype("float32" if part.ndim == 2 else "int64") for part in split)
