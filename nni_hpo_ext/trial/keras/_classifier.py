"""Build a classifier from a network of ``keras.applications``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from nni_hpo_ext.arguments import fraction, whole_number
from nni_hpo_ext.trial.keras._backbone import backbone

__all__ = ["classifier"]


def classifier(
    name: str,
    image_shape: tuple[int, ...],
    num_classes: int,
    params: Mapping[str, Any],
    *,
    dense_unit: int = 0,
    drop_out: float = 0.0,
    activation: str = "softmax",
) -> Any:
    """Return a published network with a new head, not compiled.

    The head is an optional dense layer, an optional dropout layer and the last layer.

    Parameters
    ----------
    name
        A network of ``keras.applications``, such as ``"DenseNet121"``.
    image_shape
        Height, width and channels.
    num_classes
        Number of classes, or of labels.
    params
        The trial's parameters. ``width``, ``bn_momentum``, ``weights`` and ``frozen`` are the
        options of `backbone`, where given.
    dense_unit
        Units of the dense layer; 0 for no such layer.
    drop_out
        Share of the features dropped before the last layer.
    activation
        Activation of the last layer; ``"sigmoid"`` where an image may have several labels.

    Returns
    -------
    keras.Model
        Returns probabilities of shape ``(n, num_classes)``.

    Raises
    ------
    ConfigError
        See `backbone`; also if `dense_unit` or `drop_out` is out of range.
    DataError
        See `backbone`.

    Examples
    --------
    >>> model = classifier("VGG16", (32, 32, 3), 5, {"width": 0.25}, drop_out=0.1)
    >>> model.output_shape
    (None, 5)
    """
    whole_number("DENSE_UNIT", dense_unit, 0)
    fraction("DROP_OUT", drop_out)
    features = backbone(
        name,
        image_shape,
        width=params.get("width", 1.0),
        momentum=params.get("bn_momentum", 0.99),
        weights=params.get("weights", ""),
        frozen=params.get("frozen", False),
    )
    stack = [keras.Input(image_shape), features]
    if dense_unit:
        stack.append(layers.Dense(dense_unit, "relu"))
    if drop_out:
        stack.append(layers.Dropout(drop_out))
    return keras.Sequential([*stack, layers.Dense(num_classes, activation, dtype="float32")])
