"""Deep models: networks of Keras on pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    if name == "rnn":
        return _rnn(options, shape, num_classes)
    from nni_hpo_ext.trial.keras import classifier

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
