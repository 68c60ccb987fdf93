"""GoogLeNet (Inception version 1), with batch normalisation in place of auxiliary classifiers."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from nni_hpo_ext.arguments import fraction, number
from nni_hpo_ext.errors import ConfigError

__all__ = ["googlenet"]

# Channels of the four branches of each inception module: 1x1; 3x3 (reduced, full); 5x5 (reduced,
# full); pooled. An empty entry is a pooling that halves the image. (Szegedy et al., "Going deeper
# with convolutions", CVPR 2015, table 1.)
_MODULES: tuple[tuple[int, ...], ...] = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (),
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    (),
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
)


def googlenet(
    image_shape: tuple[int, ...],
    num_classes: int,
    *,
    weight_decay: float = 0.0,
    drop_out: float = 0.0,
    width: float = 1.0,
    momentum: float = 0.99,
) -> Any:
    """Return GoogLeNet, not compiled.

    Parameters
    ----------
    image_shape
        Height and width, at least 32 each, and channels.
    num_classes
        Number of classes.
    weight_decay
        Factor of the sum of squared convolution weights in the loss.
    drop_out
        Share of the features dropped before the last layer.
    width
        Multiple of the published number of channels of every convolution.
    momentum
        Momentum of the running statistics of batch normalisation.

    Returns
    -------
    keras.Model
        Returns class probabilities of shape ``(n, num_classes)``.

    Raises
    ------
    ConfigError
        If a setting is out of range.

    Examples
    --------
    >>> googlenet((32, 32, 3), 10, width=0.125).output_shape
    (None, 10)
    """
    number("WEIGHT_DECAY", weight_decay, 0)
    fraction("drop_out", drop_out)
    fraction("bn_momentum", momentum)
    if not width > 0:
        raise ConfigError(f"width must be above 0, got {width!r}; 1 is the published network")
    build = _Builder(weight_decay, width, momentum)
    images = keras.Input(image_shape)
    x = build.convolution(images, 64, 7, strides=2)
    x = _halved(x)
    x = build.convolution(x, 64, 1)
    x = build.convolution(x, 192, 3)
    x = _halved(x)
    for channels in _MODULES:
        x = build.inception(x, *channels) if channels else _halved(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(drop_out)(x)
    return keras.Model(
        images, layers.Dense(num_classes, "softmax", dtype="float32")(x), name="googlenet"
    )


class _Builder:
    """Adds layers that share their settings."""

    def __init__(self, weight_decay: float, width: float, momentum: float) -> None:
        self._weight_decay = weight_decay
        self._width = width
        self._momentum = momentum

    def convolution(self, x: Any, channels: int, side: int, strides: int = 1) -> Any:
        x = layers.Conv2D(
            max(1, round(channels * self._width)),
            side,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(self._weight_decay),
        )(x)
        x = layers.BatchNormalization(momentum=self._momentum)(x)
        return layers.ReLU()(x)

    def inception(
        self, x: Any, one: int, reduce3: int, three: int, reduce5: int, five: int, pooled: int
    ) -> Any:
        branches = [
            self.convolution(x, one, 1),
            self.convolution(self.convolution(x, reduce3, 1), three, 3),
            self.convolution(self.convolution(x, reduce5, 1), five, 5),
            self.convolution(layers.MaxPooling2D(3, strides=1, padding="same")(x), pooled, 1),
        ]
        return layers.Concatenate()(branches)


def _halved(x: Any) -> Any:
    return layers.MaxPooling2D(3, strides=2, padding="same")(x)
