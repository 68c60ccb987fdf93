"""Inception (version 3) for images with several labels."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from nni_hpo_ext.trial.keras import backbone


def build_model(
    image_shape: tuple[int, ...],
    num_classes: int,
    *,
    dense_unit: int,
    drop_out: float,
    width: float,
    momentum: float,
    weights: str,
) -> Any:
    """Return Inception, not compiled.

    Parameters
    ----------
    image_shape : tuple of int
        Height, width (75 or more each) and channels.
    num_classes : int
        Number of labels.
    dense_unit : int
        Units of the dense layer before the last.
    drop_out : float
        Share of the features dropped before the last layer.
    width, momentum, weights
        See `nni_hpo_ext.trial.keras.backbone`.

    Returns
    -------
    keras.Model
        Gives a probability for each label, each for itself, of shape (n, num_classes).
    """
    features = backbone("InceptionV3", image_shape, width=width, momentum=momentum, weights=weights)
    return keras.Sequential(
        [
            keras.Input(image_shape),
            features,
            layers.Dense(dense_unit, "relu"),
            layers.Dropout(drop_out),
            layers.Dense(num_classes, "sigmoid"),
        ]
    )
