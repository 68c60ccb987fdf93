"""Build the networks of ``keras.applications`` at any width."""

from __future__ import annotations

import sys
from typing import Any

import keras
from keras import layers

from nni_hpo_ext.arguments import fraction
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.keras._weights import check_frozen, read_weights
from nni_hpo_ext.trial.pretrained import cached_file

__all__ = ["backbone"]


def backbone(
    name: str,
    image_shape: tuple[int, ...],
    *,
    width: float = 1.0,
    momentum: float = 0.99,
    weights: str = "",
    frozen: bool = False,
) -> Any:
    """Return a published network without its last layer.

    Parameters
    ----------
    name
        A network of ``keras.applications``, such as ``"DenseNet121"``, in small or large letters.
    image_shape
        Height, width and channels. Pixels are expected on a scale from -1 to 1.
    width
        Multiple of the published number of channels of every convolution.
    momentum
        Momentum of the running statistics of batch normalisation. Keras' 0.99 needs hundreds of
        steps; 0.9 suits short trainings.
    weights
        File of pretrained weights as Keras publishes them ("notop"); ``"imagenet"`` for the one in
        Keras' cache (``~/.keras/models``); empty for none.
    frozen
        Whether the pretrained weights stay as they are.

    Returns
    -------
    keras.Model
        Returns features of shape ``(n, features)``, averaged over the image.

    Raises
    ------
    ConfigError
        If the name is unknown, the image is too small, the width is not above 0, or this network
        cannot be changed.
    DataError
        If the weights cannot be read or belong to another network.

    Examples
    --------
    >>> backbone("VGG16", (32, 32, 3), width=0.25).output_shape
    (None, 128)
    """
    if not width > 0:
        raise ConfigError(f"width must be above 0, got {width!r}; 1 is the published network")
    fraction("bn_momentum", momentum)
    check_frozen(weights, frozen)
    build = _network(name)
    try:
        model = build(include_top=False, weights=None, input_shape=image_shape, pooling="avg")
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from None
    if (width, momentum) != (1.0, 0.99):
        model = _resized(model, width, momentum)
    if weights:
        read_weights(model, str(cached_file("keras", name)) if weights == "imagenet" else weights)
        model.trainable = not frozen
    # Some networks, such as EfficientNet, rescale bytes themselves, trained or not.
    if weights or any(isinstance(layer, layers.Rescaling) for layer in model.layers):
        return _fed_with_bytes(model, sys.modules[build.__module__], image_shape)
    return model


def _network(name: str) -> Any:
    """Return the function of ``keras.applications`` that builds a network."""
    names = {entry.lower(): entry for entry in dir(keras.applications) if entry[0].isupper()}
    if name.lower() not in names:
        raise ConfigError(f"backbone {name!r} is not one of {', '.join(names.values())}")
    return getattr(keras.applications, names[name.lower()])


def _resized(model: Any, width: float, momentum: float) -> Any:
    try:
        return keras.models.clone_model(
            model, clone_function=lambda layer: _changed(layer, width, momentum)
        )
    except (TypeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(
            f"{model.name} cannot have width {width} and momentum {momentum}; "
            f"use 1 and 0.99 ({reason})"
        ) from None


def _changed(layer: Any, width: float, momentum: float) -> Any:
    """Return a fresh copy of a layer with other channels or another momentum."""

    def scaled(channels: int) -> int:
        return max(1, round(channels * width))

    config = layer.get_config()
    if isinstance(layer, layers.BatchNormalization):
        config["momentum"] = momentum
    elif isinstance(layer, layers.Reshape):
        *sides, channels = config["target_shape"]
        config["target_shape"] = (*sides, scaled(channels))
    elif "filters" in config:  # a depthwise convolution has none: it follows its input
        config["filters"] = scaled(config["filters"])
    return type(layer).from_config(config)


def _fed_with_bytes(model: Any, module: Any, image_shape: tuple[int, ...]) -> Any:
    """Return the network on the scale of images that its publisher used."""
    images = keras.Input(image_shape)
    return keras.Model(images, model(module.preprocess_input((images + 1.0) * 127.5)))
