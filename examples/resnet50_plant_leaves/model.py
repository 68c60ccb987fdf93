"""ResNet50 with a new last layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from nni_hpo_ext.trial.keras import backbone


def build_model(
    image_shape: tuple[int, ...],
    num_classes: int,
    *,
    width: float,
    momentum: float,
    weights: str,
) -> Any:
    """Return ResNet50, not compiled.

    Parameters
    ----------
    image_shape : tuple of int
        Height, width (32 or more each) and channels.
    num_classes : int
        Number of classes.
    width, momentum, weights
        See `nni_hpo_ext.trial.keras.backbone`.

    Returns
    -------
    keras.Model
        Gives class probabilities of shape (n, num_classes).
    """
    features = backbone("ResNet50", image_shape, width=width, momentum=momentum, weights=weights)
    return keras.Sequential(
        [
            keras.Input(image_shape),
            features,
            layers.Dense(num_classes, "softmax"),
        ]
    )
