"""Change each image by a few random operations (RandAugment; Cubuk et al., 2020)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = ["moved", "rand_augmented"]

_Operation: TypeAlias = Callable[[Any, Any], Any]


def rand_augmented(images: Any, count: int, magnitude: float, seed: Any) -> Any:
    """Apply random operations to each image of a batch.

    The operations are those of the paper that suit any scale of the pixels; posterise and equalise
    need bytes.

    Parameters
    ----------
    images
        Images of shape ``(n, height, width, channels)``.
    count
        Operations on each image.
    magnitude
        Their strength, from 0 to 1.
    seed
        Two integers. The same seed gives the same changes.
    """
    import tensorflow as tf

    shape = images.shape
    for turn in range(count):
        own = tf.random.experimental.stateless_fold_in(seed, 1 + turn)
        draws = tf.random.stateless_uniform((2, tf.shape(images)[0]), own)
        chosen = tf.cast(draws[0] * len(_OPERATIONS), tf.int32)
        strength = magnitude * tf.sign(draws[1] - 0.5)
        for number, operation in enumerate(_OPERATIONS):
            rows = tf.where(chosen == number)
            changed = operation(tf.gather_nd(images, rows), tf.gather_nd(strength, rows))
            images = tf.tensor_scatter_nd_update(images, rows, changed)
    return tf.ensure_shape(images, shape)


def moved(images: Any, matrix: tuple[Any, Any, Any, Any], x: Any, y: Any) -> Any:
    """Map the pixels of each image by an affine map.

    Parameters
    ----------
    images
        Images of shape ``(n, height, width, channels)``.
    matrix
        Entries of the 2 x 2 matrix, row by row, of shape ``(n,)`` each.
    x, y
        Where the middle of the new image lies in the old one, in pixels, of shape ``(n,)``.
    """
    import tensorflow as tf

    height, width = (tf.cast(side, tf.float32) for side in tf.unstack(tf.shape(images)[1:3]))
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    nothing = tf.zeros_like(x)
    transforms = tf.stack(
        [
            matrix[0],
            matrix[1],
            x - matrix[0] * middle_x - matrix[1] * middle_y,
            matrix[2],
            matrix[3],
            y - matrix[2] * middle_x - matrix[3] * middle_y,
            nothing,
            nothing,
        ],
        axis=1,
    )
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=tf.shape(images)[1:3],
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )


def _affine(entries: Callable[[Any], dict[str, Any]]) -> _Operation:
    """Return an operation that moves pixels; `entries` are those that differ from the identity."""

    def operation(images: Any, strength: Any) -> Any:
        import tensorflow as tf

        one, zero = tf.ones_like(strength), tf.zeros_like(strength)
        values = {"a": one, "b": zero, "c": zero, "d": one, "x": zero, "y": zero}
        values |= entries(strength)
        height, width = (tf.cast(side, tf.float32) for side in tf.unstack(tf.shape(images)[1:3]))
        return moved(
            images,
            (values["a"], values["b"], values["c"], values["d"]),
            (width - 1) / 2 + width * values["x"],
            (height - 1) / 2 + height * values["y"],
        )

    return operation


def _rotation(strength: Any) -> dict[str, Any]:
    import tensorflow as tf

    angle = strength * math.radians(30)
    return {"a": tf.cos(angle), "b": -tf.sin(angle), "c": tf.sin(angle), "d": tf.cos(angle)}


def _blended(other: Callable[[Any], Any]) -> _Operation:
    """Return an operation that moves each image away from `other` of it, or towards it."""

    def operation(images: Any, strength: Any) -> Any:
        base = other(images)
        return base + (images - base) * (1 + 0.9 * strength)[:, None, None, None]

    return operation


def _mean(*axes: int) -> Callable[[Any], Any]:
    def mean(images: Any) -> Any:
        import tensorflow as tf

        return tf.reduce_mean(images, axes, keepdims=True)

    return mean


def _blurred(images: Any) -> Any:
    import tensorflow as tf

    return tf.nn.avg_pool2d(images, 3, 1, "SAME")


def _range(images: Any, axes: tuple[int, ...] = (1, 2, 3)) -> tuple[Any, Any]:
    """Return the smallest and the largest value."""
    import tensorflow as tf

    low = tf.reduce_min(images, axes, keepdims=True)
    return low, tf.reduce_max(images, axes, keepdims=True)


def _brightened(images: Any, strength: Any) -> Any:
    low, high = _range(images)
    return images + 0.5 * (high - low) * strength[:, None, None, None]


def _solarised(images: Any, strength: Any) -> Any:
    """Invert the brightest pixels: more of them, the larger the strength."""
    import tensorflow as tf

    low, high = _range(images)
    threshold = high - (high - low) * tf.abs(strength)[:, None, None, None]
    return tf.where(images > threshold, low + high - images, images)


def _stretched(images: Any, strength: Any) -> Any:
    """Stretch each channel to the range of the image."""
    import tensorflow as tf

    (low, high), (bottom, top) = _range(images), _range(images, (1, 2))
    return low + (high - low) * (images - bottom) / tf.maximum(top - bottom, 1e-6)


_OPERATIONS: tuple[_Operation, ...] = (
    lambda images, strength: images,
    _affine(_rotation),
    _affine(lambda strength: {"b": 0.3 * strength}),  # shear
    _affine(lambda strength: {"c": 0.3 * strength}),
    _affine(lambda strength: {"x": 0.3 * strength}),  # shift
    _affine(lambda strength: {"y": 0.3 * strength}),
    _brightened,
    _blended(_mean(1, 2, 3)),  # contrast
    _blended(_mean(3)),  # saturation
    _blended(_blurred),  # sharpness
    _solarised,
    _stretched,
)
