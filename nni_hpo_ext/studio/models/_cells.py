"""An architecture search: networks of stages, each with a block of its own kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nni_hpo_ext.studio.models._entry import Space, choice

__all__ = ["CELL_DEFAULTS", "CELL_OPTIONS", "cell_network"]

_STAGES = 4
# The stages that every network has.
_LEAST_STAGES = 2
# Keras' own 0.99 needs hundreds of steps.
_MOMENTUM = 0.9
_STEM = 16
# From this side, the first convolution halves images: what follows costs a quarter.
_HALVED_SIDE = 32
_NO_STAGE = "none"


def _stage(number: int) -> dict[str, Any]:
    """Return the choice of a block; later stages have smaller images, and more channels."""
    width = {"width": choice(*(channels << number for channels in (8, 16, 24)))}
    kernel = {"kernel": choice(3, 5)}
    blocks: list[dict[str, Any]] = [
        {"_name": "plain", **width, **kernel},
        {"_name": "separable", **width, **kernel},
        {"_name": "residual", **width, **kernel},
        {"_name": "inverted", **width, **kernel, "expansion": choice(2, 4)},
        {"_name": "pooling", **width},
    ]
    return choice(*blocks, *([{"_name": _NO_STAGE}] if number >= _LEAST_STAGES else []))


CELL_OPTIONS: Space = {f"stage{number + 1}": _stage(number) for number in range(_STAGES)}
"""A nested choice per stage; ``"none"`` leaves the stage out."""

CELL_DEFAULTS: Mapping[str, Any] = {
    "stage1": {"_name": "plain", "width": 16, "kernel": 3},
    "stage2": {"_name": "residual", "width": 32, "kernel": 3},
    "stage3": {"_name": "residual", "width": 64, "kernel": 3},
    "stage4": {"_name": _NO_STAGE},
}


def cell_network(options: Mapping[str, Any], shape: tuple[int, int, int], num_classes: int) -> Any:
    """Return a network of stages; each halves the image after its block.

    Parameters
    ----------
    options
        A configuration of `CELL_OPTIONS`.
    shape
        Height, width and channels. Pixels are expected on a scale from -1 to 1.
    num_classes
        Number of classes.

    Returns
    -------
    keras.Model
        Returns probabilities of shape ``(n, num_classes)``; not compiled.
    """
    import keras
    from keras import layers

    image = keras.Input(shape)
    x = _convolved(image, _STEM, 3, strides=2 if shape[0] >= _HALVED_SIDE else 1)
    for number in range(_STAGES):
        stage = options[f"stage{number + 1}"]
        if stage["_name"] == _NO_STAGE:
            continue
        x = _BLOCKS[stage["_name"]](x, stage)
        if x.shape[1] >= 2:
            x = layers.MaxPooling2D()(x)
    x = layers.Dropout(options["drop_out"])(layers.GlobalAveragePooling2D()(x))
    return keras.Model(image, layers.Dense(num_classes, "softmax")(x))


def _normed(x: Any, active: bool = True) -> Any:
    from keras import layers

    x = layers.BatchNormalization(momentum=_MOMENTUM)(x)
    return layers.Activation("relu")(x) if active else x


def _convolved(x: Any, width: int, kernel: int, active: bool = True, strides: int = 1) -> Any:
    from keras import layers

    x = layers.Conv2D(int(width), int(kernel), strides, padding="same", use_bias=False)(x)
    return _normed(x, active)


def _plain(x: Any, stage: Mapping[str, Any]) -> Any:
    return _convolved(x, stage["width"], stage["kernel"])


def _separable(x: Any, stage: Mapping[str, Any]) -> Any:
    """Return one convolution per channel, and then one of side 1 (Chollet, CVPR 2017)."""
    from keras import layers

    width, kernel = int(stage["width"]), int(stage["kernel"])
    return _normed(layers.SeparableConv2D(width, kernel, padding="same", use_bias=False)(x))


def _residual(x: Any, stage: Mapping[str, Any]) -> Any:
    """Return what two convolutions add to their input (He et al., CVPR 2016)."""
    from keras import layers

    width, kernel = stage["width"], stage["kernel"]
    added = _convolved(_convolved(x, width, kernel), width, kernel, active=False)
    kept = x if x.shape[-1] == width else _convolved(x, width, 1, active=False)
    return layers.Activation("relu")(layers.Add()([kept, added]))


def _inverted(x: Any, stage: Mapping[str, Any]) -> Any:
    """Return an inverted bottleneck: wide inside, narrow outside (Sandler et al., CVPR 2018)."""
    from keras import layers

    wide = _convolved(x, x.shape[-1] * int(stage["expansion"]), 1)
    depthwise = layers.DepthwiseConv2D(int(stage["kernel"]), padding="same", use_bias=False)
    narrow = _convolved(_normed(depthwise(wide)), stage["width"], 1, active=False)
    return layers.Add()([x, narrow]) if x.shape[-1] == stage["width"] else narrow


def _pooling(x: Any, stage: Mapping[str, Any]) -> Any:
    """Return a convolution next to a pooling branch, as in GoogLeNet (Szegedy et al., 2015)."""
    from keras import layers

    half = int(stage["width"]) // 2
    pooled = layers.MaxPooling2D(3, 1, padding="same")(x)
    return layers.Concatenate()([_convolved(x, half, 3), _convolved(pooled, half, 1)])


_BLOCKS: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "plain": _plain, "separable": _separable, "residual": _residual, "inverted": _inverted,
    "pooling": _pooling,
}  # fmt: skip
