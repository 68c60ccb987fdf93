"""LeNet-5 with the numbers of kernels as hyperparameters."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from nni_hpo_ext.arguments import whole_number


def build_model(
    image_shape: tuple[int, int, int], num_classes: int, *, nkern1: int, nkern2: int
) -> Any:
    """Return LeNet-5, not compiled.

    The layers are those of LeCun et al. (1998), with rectified units and maximum pooling. The
    first convolution keeps the size of the image, so that images down to 14 x 14 pixels fit.

    Parameters
    ----------
    image_shape
        Height, width and channels.
    num_classes
        Number of classes.
    nkern1, nkern2
        Kernels of the first and the second convolution (6 and 16 in 1998).

    Returns
    -------
    keras.Model
        Returns class probabilities of shape ``(n, num_classes)``.
    """
    whole_number("NKERN1", nkern1, 1)
    whole_number("NKERN2", nkern2, 1)
    return keras.Sequential(
        [
            keras.Input(image_shape),
            layers.Conv2D(nkern1, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(nkern2, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(120, "relu"),
            layers.Dense(84, "relu"),
            layers.Dense(num_classes, "softmax", dtype="float32"),
        ]
    )
