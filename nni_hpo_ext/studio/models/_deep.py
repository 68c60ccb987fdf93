"""Deep models: networks of Keras on pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.studio.models._cells import cell_network

__all__ = ["build_network"]

_PUBLISHED = {"mobilenet": "MobileNet", "resnet": "ResNet50", "densenet": "DenseNet121"}
# Keras' own 0.99 needs hundreds of steps.
_MOMENTUM = 0.9


def build_network(
    name: str, options: Mapping[str, Any], shape: tuple[int, int, int], num_classes: int
) -> Any:
    """Return a network that is not compiled.

    Parameters
    ----------
    name
        Name of a deep model in `MODELS`.
    options
        Its options.
    shape
        Height, width and channels. Pixels are expected on a scale from -1 to 1.
    num_classes
        Number of classes.

    Returns
    -------
    keras.Model
        Returns probabilities of shape ``(n, num_classes)``.
    """
    if name == "small_cnn":
        return _small_cnn(options, shape, num_classes)
    if name == "cells":
        return cell_network(options, shape, num_classes)
    if name == "rnn":
        return _rnn(options, shape, num_classes)
    if name == "alexnet":
        return _alexnet(options, shape, num_classes)
    from nni_hpo_ext.trial.keras import classifier, googlenet

    if name == "inception":
        return googlenet(shape, num_classes, width=options["width"], momentum=_MOMENTUM)
    params = {"width": options["width"], "bn_momentum": _MOMENTUM}
    return classifier(_PUBLISHED[name], shape, num_classes, params)


def _small_cnn(o: Mapping[str, Any], shape: tuple[int, int, int], num_classes: int) -> Any:
    import keras
    from keras import layers

    blocks = int(o["blocks"])
    stack: list[Any] = [keras.Input(shape)]
    for block in range(blocks):
        channels = int(o["width"]) << block
        stack += [
            layers.Conv2D(channels, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=_MOMENTUM),
            layers.Activation("relu"),
        ]
        if shape[0] >> block >= 2:  # small images cannot be halved that often
            stack.append(layers.MaxPooling2D())
    stack += [layers.GlobalAveragePooling2D(), layers.Dropout(o["drop_out"])]
    return keras.Sequential([*stack, layers.Dense(num_classes, "softmax")])


def _alexnet(o: Mapping[str, Any], shape: tuple[int, int, int], num_classes: int) -> Any:
    """Return AlexNet (Krizhevsky et al., NIPS 2012) for small images.

    The first convolution has stride 2 instead of 4, all have batch normalisation instead of local
    response normalisation, and there is no gap between the two graphics cards.
    """
    import keras
    from keras import layers

    def scaled(channels: int) -> int:
        return max(1, round(channels * float(o["width"])))

    stack: list[Any] = [keras.Input(shape)]
    # Channels, side, stride, and whether a pooling follows.
    for channels, side, stride, pooled in (
        (96, 11, 2, True), (256, 5, 1, True), (384, 3, 1, False), (384, 3, 1, False),
        (256, 3, 1, True),
    ):  # fmt: skip
        stack += [
            layers.Conv2D(scaled(channels), side, stride, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=_MOMENTUM),
            layers.Activation("relu"),
        ]
        stack += [layers.MaxPooling2D(3, 2)] if pooled else []
    stack.append(layers.Flatten())
    for _ in range(2):
        stack += [layers.Dense(scaled(4096), "relu"), layers.Dropout(o["drop_out"])]
    return keras.Sequential([*stack, layers.Dense(num_classes, "softmax")])


def _rnn(o: Mapping[str, Any], shape: tuple[int, int, int], num_classes: int) -> Any:
    import keras
    from keras import layers

    height, width, channels = shape
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Reshape((height, width * channels)),
            layers.Bidirectional(layers.GRU(int(o["units"]))),
            layers.Dense(num_classes, "softmax"),
        ]
    )
