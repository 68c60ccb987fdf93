"""Decode images and bring them into one form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nni_hpo_ext.arguments import one_of

__all__ = ["FITS", "Frame"]

FITS = ("stretch", "crop", "pad")
"""Ways to bring an image into another aspect ratio."""

_CACHE_BYTES = 2**30


@dataclass(frozen=True)
class Frame:
    """Form that all images of a data set are brought into.

    Attributes
    ----------
    height, width
        In pixels.
    channels
        Number of channels.
    fit
        What becomes of the aspect ratio: ``"stretch"`` changes it, ``"crop"`` cuts off what
        exceeds that of the frame, on both sides alike, and ``"pad"`` adds black borders.

    Raises
    ------
    ConfigError
        If the fit is unknown.
    """

    height: int
    width: int
    channels: int = 3
    fit: str = "stretch"

    def __post_init__(self) -> None:
        one_of("fit", self.fit, FITS)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.height, self.width, self.channels

    def with_channels(self, channels: int) -> Frame:
        """Return the same frame with another number of channels."""
        return replace(self, channels=channels)

    def fits_in_memory(self, count: int) -> bool:
        """Return whether `count` uint8 images take less than 1 GiB."""
        return count * self.height * self.width * self.channels < _CACHE_BYTES

    def decoded(self, content: Any) -> Any:
        """Return an encoded image as a uint8 tensor of this shape."""
        import tensorflow as tf

        image = tf.io.decode_image(content, channels=self.channels, expand_animations=False)
        return self.scaled(image)

    def scaled(self, image: Any) -> Any:
        """Return an image tensor as a uint8 tensor of this shape."""
        import tensorflow as tf

        height, width = tf.unstack(tf.shape(image)[:2])
        room = (self.height, self.width)
        if self.fit == "crop":
            part = _largest(self.height, self.width, (height, width))
            image = tf.image.resize_with_crop_or_pad(image, *part)
        elif self.fit == "pad":
            room = _largest(height, width, room)
        scaled = tf.image.resize(image, room, antialias=True)
        if self.fit == "pad":
            scaled = tf.image.resize_with_crop_or_pad(scaled, self.height, self.width)
        rounded = tf.cast(tf.clip_by_value(tf.round(scaled), 0, 255), tf.uint8)
        return tf.ensure_shape(rounded, self.shape)


def _largest(height: Any, width: Any, room: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return the largest height and width of an aspect ratio that fit into a room, at least 1."""
    import tensorflow as tf

    high = tf.minimum(room[0], room[1] * height // width)
    wide = tf.minimum(room[1], room[0] * width // height)
    return tf.maximum(high, 1), tf.maximum(wide, 1)
