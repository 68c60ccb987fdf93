"""Random changes of training images: mirror, shift, crop, rotate, colour."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from nni_hpo_ext.arguments import fraction, number, whole_number
from nni_hpo_ext.trial.data._rand_augment import moved, rand_augmented

__all__ = ["AUGMENT_OPTIONS", "augmentation"]

AUGMENT_OPTIONS: Mapping[str, bool | int | float | str] = {
    "flip": False,
    "shift": 0.0,
    "crop": 0.0,
    "rotation": 0.0,
    "color": 0.0,
    "rand_augment": 0,
    "magnitude": 0.3,
    "mixup": 0.0,
}
"""Options of the augmentation, with their defaults; see `augmentation`. All can be searched.

``mixup`` is the parameter of the Beta distribution of mixup (Zhang et al., 2018); 0 for none.
"""

Augment = Callable[[Any, Any], Any]


def augmentation(options: Mapping[str, Any]) -> Augment | None:
    """Return a function that changes a batch of images at random, None if nothing is to change.

    Parameters
    ----------
    options
        ``flip``: whether to mirror half of the images; ``shift``: largest shift in both directions,
        as a share of the side; ``crop``: largest share of the side that is cut off, the rest fills
        the image; ``rotation``: largest angle in degrees; ``color``: strength of the changes of
        brightness, contrast and saturation, from 0 to 1; ``rand_augment``: number of random
        operations on each image, and ``magnitude``: their strength from 0 to 1 (RandAugment; Cubuk
        et al., 2020). ``mixup``, which also changes labels, is applied by `Streams.steps`.

    Returns
    -------
    callable or None
        Maps a batch of images ``(n, height, width, channels)`` and a seed (two integers) to a batch
        of the same shape. The same seed gives the same changes.

    Raises
    ------
    ConfigError
        If an option is out of range.
    """
    values = {**AUGMENT_OPTIONS, **options}
    mirrored = bool(values["flip"])
    shift, crop = fraction("shift", values["shift"]), fraction("crop", values["crop"])
    angle = math.radians(number("rotation", values["rotation"], 0))
    strength = fraction("color", values["color"])
    operations = whole_number("rand_augment", values["rand_augment"], 0)
    magnitude = fraction("magnitude", values["magnitude"])
    placed = mirrored or shift or crop or angle
    if not placed and not strength and not operations:
        return None

    def changed(images: Any, seed: Any) -> Any:
        import tensorflow as tf

        draws = tf.random.stateless_uniform((tf.shape(images)[0], 10), seed, -1.0, 1.0)
        if placed:
            images = _placed(images, draws, mirrored, shift, crop, angle)
        if strength:
            images = _coloured(images, draws, strength)
        return rand_augmented(images, operations, magnitude, seed)

    return changed


def _placed(
    images: Any, draws: Any, mirrored: bool, shift: float, crop: float, angle: float
) -> Any:
    """Apply one affine map per image, so that its pixels are interpolated only once."""
    import tensorflow as tf

    height, width = (tf.cast(side, tf.float32) for side in tf.unstack(tf.shape(images)[1:3]))
    zoom = 1 - crop * (draws[:, 0] + 1) / 2
    across = tf.where(draws[:, 1] < 0, -1.0, 1.0) if mirrored else tf.ones_like(zoom)
    cosine, sine = tf.cos(angle * draws[:, 2]), tf.sin(angle * draws[:, 2])
    # Where the middle of the new image lies in the old one; a crop stays inside of it.
    room = (1 - zoom) / 2
    x = width * (0.5 + shift * draws[:, 3] + room * draws[:, 4]) - 0.5
    y = height * (0.5 + shift * draws[:, 5] + room * draws[:, 6]) - 0.5
    matrix = (zoom * across * cosine, -zoom * sine, zoom * across * sine, zoom * cosine)
    return moved(images, matrix, x, y)


def _coloured(images: Any, draws: Any, strength: float) -> Any:
    """Change brightness, contrast and saturation by up to `strength`."""
    import tensorflow as tf

    brightness, contrast, saturation = (
        strength * draws[:, column, None, None, None] for column in (7, 8, 9)
    )
    mean = tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
    images = mean + (images - mean) * (1 + contrast) + brightness
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    return grey + (images - grey) * (1 + saturation)
