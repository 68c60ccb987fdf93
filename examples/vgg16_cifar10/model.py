"""VGG16 for small images, with its published hyperparameters."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from nni_hpo_ext.arguments import fraction, whole_number

# (convolutions, channels as a multiple of the width) of VGG16's five blocks.
_BLOCKS = ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8))


def build_model(
    image_shape: tuple[int, int, int],
    num_classes: int,
    *,
    width: int,
    kernel_size: int,
    dense_unit: int,
    drop_out: float,
    batch_norm: bool,
) -> Any:
    """Return VGG16, not compiled.

    Parameters
    ----------
    image_shape
        Height and width, at least 32 each, and channels.
    num_classes
        Number of classes.
    width
        Channels of the first block; 64 is the published network.
    kernel_size
        Side of the kernels of the convolutions.
    dense_unit
        Units of each of the two dense layers.
    drop_out
        Share of units dropped after each dense layer.
    batch_norm
        Whether to normalise after each hidden layer. VGG16 does not; short trials learn faster
        with it.

    Returns
    -------
    keras.Model
        Returns class probabilities of shape ``(n, num_classes)``.
    """
    for name, value in (
        ("width", width),
        ("KERNEL_SIZE", kernel_size),
        ("DENSE_UNIT", dense_unit),
    ):
        whole_number(name, value, 1)
    fraction("DROP_OUT", drop_out)
    stack: list[Any] = [keras.Input(image_shape)]
    for convolutions, multiple in _BLOCKS:
        for _ in range(convolutions):
            stack += _convolution(width * multiple, kernel_size, batch_norm)
        stack.append(layers.MaxPooling2D())
    stack.append(layers.Flatten())
    for _ in range(2):
        dense = layers.Dense(dense_unit, use_bias=not batch_norm, kernel_initializer="he_uniform")
        stack += [*_activated(dense, batch_norm), layers.Dropout(drop_out)]
    stack.append(layers.Dense(num_classes, "softmax", dtype="float32"))
    return keras.Sequential(stack)


def _convolution(channels: int, kernel_size: int, batch_norm: bool) -> list[Any]:
    convolution = layers.Conv2D(
        channels,
        kernel_size,
        padding="same",
        use_bias=not batch_norm,
        kernel_initializer="he_uniform",
    )
    return _activated(convolution, batch_norm)


def _activated(layer: Any, batch_norm: bool) -> list[Any]:
    # With momentum 0.99 the statistics need more steps than a short trial has.
    norm = [layers.BatchNormalization(momentum=0.9)] if batch_norm else []
    return [layer, *norm, layers.ReLU()]
