"""The convolutional networks of ``keras.applications``, in any width."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import keras

from nni_hpo_ext.errors import ConfigError, DataError

_MODULES = MappingProxyType(
    {
        "DenseNet121": keras.applications.densenet,
        "InceptionV3": keras.applications.inception_v3,
        "MobileNet": keras.applications.mobilenet,
        "ResNet50": keras.applications.resnet50,
    }
)


def backbone(
    name: str,
    image_shape: tuple[int, ...],
    *,
    width: float = 1.0,
    momentum: float = 0.99,
    weights: str = "",
) -> Any:
    """Return a published network without its last layer.

    Parameters
    ----------
    name : str
        ``"DenseNet121"``, ``"InceptionV3"``, ``"MobileNet"`` or ``"ResNet50"``.
    image_shape : tuple of int
        Height, width and channels; images are expected on a scale from -1 to 1.
    width : float
        Multiple of the published number of channels of every convolution.
    momentum : float
        Of batch normalisation's running statistics. Keras' .99 needs hundreds of steps; .9 suits
        short trainings.
    weights : str
        File of pretrained weights, as Keras publishes them ("notop"); empty for none.

    Returns
    -------
    keras.Model
        Gives features of shape (n, features), averaged over the image.

    Raises
    ------
    ConfigError
        The name is not known, the width is not above 0, or the image is too small.
    DataError
        The weights cannot be read, or belong to another network.
    """
    if name not in _MODULES:
        raise ConfigError(f"backbone {name!r} is not one of {', '.join(_MODULES)}")
    if not width > 0:
        raise ConfigError(f"width={width!r} is not above 0; 1 is the published network")
    module = _MODULES[name]
    model = _published(module, name, image_shape)
    if (width, momentum) != (1.0, 0.99):
        model = keras.models.clone_model(
            model, clone_function=lambda layer: _changed(layer, width, momentum)
        )
    return _pretrained(model, module, image_shape, weights) if weights else model


def _published(module: Any, name: str, image_shape: tuple[int, ...]) -> Any:
    try:
        return getattr(module, name)(
            include_top=False, weights=None, input_shape=image_shape, pooling="avg"
        )
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from None


def _changed(layer: Any, width: float, momentum: float) -> Any:
    """Return a fresh copy of a layer with its channels or its momentum changed."""
    config = layer.get_config()
    if isinstance(layer, keras.layers.BatchNormalization):
        config["momentum"] = momentum
    elif "filters" in config:  # a depthwise convolution has none: it follows its input
        config["filters"] = max(1, round(config["filters"] * width))
    return type(layer).from_config(config)


def _pretrained(model: Any, module: Any, image_shape: tuple[int, ...], weights: str) -> Any:
    """Load weights, and give the network the scale of images that these were trained with."""
    try:
        model.load_weights(weights)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"weights {weights} do not fit {model.name}: {reason}") from None
    images = keras.Input(image_shape)
    return keras.Model(images, model(module.preprocess_input((images + 1.0) * 127.5)))
