"""List, check and stream image files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.trial.data._parts import stratified

__all__ = [
    "SUFFIXES",
    "Files",
    "decoded",
    "fits_in_memory",
    "image_names",
    "one_file_each",
    "scaled_to",
]

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif")
"""Suffixes of the files that TensorFlow can decode, in lower case."""

_CACHE_BYTES = 2**30


@dataclass(frozen=True, eq=False)
class Files:
    """Image files and their labels.

    Attributes
    ----------
    paths
        The file of each image, or its grey files, one per channel.
    labels
        Class numbers, int64 of shape ``(n,)``; or 0 and 1 per label, float32 of shape
        ``(n, labels)``, if an image may have several labels.
    """

    paths: list[tuple[str, ...]]
    labels: NDArray[Any]

    def __len__(self) -> int:
        return len(self.paths)

    def at(self, rows: NDArray[np.int64]) -> Files:
        """Return the images with these row numbers."""
        return Files([self.paths[row] for row in rows], self.labels[rows])

    def sample(self, most: int, seed: int) -> Files:
        """Return at most `most` of the images, drawn at random; 0 means all."""
        if most == 0 or most >= len(self):
            return self
        share = most / len(self)
        return self.at(stratified(self.labels, (share, 1 - share), seed)[0])

    def check(self) -> None:
        """Read every file.

        Raises
        ------
        DataError
            If a file is missing or damaged; the message names the first one.
        """
        import tensorflow as tf

        for path in (path for parts in self.paths for path in parts):
            try:
                tf.io.decode_image(Path(path).read_bytes(), expand_animations=False)
            except (OSError, tf.errors.OpError) as error:
                reason = str(error).split("[Op:")[0].strip()
                raise DataError(
                    f"image {path} cannot be read ({reason}); replace or remove it"
                ) from None

    def pixels(self, size: tuple[int, int], channels: int, shuffle_seed: int | None = None) -> Any:
        """Return a ``tf.data.Dataset`` of (uint8 image, label) examples.

        The images, scaled to `size` (height, width), are kept in memory if they take less than
        1 GiB, and read again in each epoch otherwise. With a seed, each epoch has a different
        order.
        """
        import tensorflow as tf

        listed = tf.data.Dataset.from_tensor_slices((np.array(self.paths), self.labels))
        cached = fits_in_memory(len(self), size, channels)
        if shuffle_seed is not None and not cached:
            listed = listed.shuffle(len(self), seed=shuffle_seed)
        parts = len(self.paths[0])
        stream = listed.map(
            _decoder(parts, size, channels), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        if cached:
            stream = stream.cache()
            if shuffle_seed is not None:
                stream = stream.shuffle(len(self), seed=shuffle_seed)
        return stream


def fits_in_memory(count: int, size: tuple[int, int], channels: int) -> bool:
    """Return whether `count` uint8 images take less than 1 GiB."""
    return count * size[0] * size[1] * channels < _CACHE_BYTES


def image_names(folder: Path) -> list[str]:
    """Return the names of the image files in a folder, sorted."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise DataError(f"image folder {folder} cannot be read: {error}") from None
    return [name for name in names if name.lower().endswith(SUFFIXES)]


def decoded(content: Any, size: tuple[int, int], channels: int) -> Any:
    """Return an encoded image as a uint8 tensor of shape (height, width, channels)."""
    import tensorflow as tf

    image = tf.io.decode_image(content, channels=channels, expand_animations=False)
    return scaled_to(image, size, channels)


def scaled_to(image: Any, size: tuple[int, int], channels: int) -> Any:
    """Scale an image tensor to uint8 of shape (height, width, channels)."""
    import tensorflow as tf

    scaled = tf.image.resize(image, size, antialias=True)
    rounded = tf.cast(tf.clip_by_value(tf.round(scaled), 0, 255), tf.uint8)
    return tf.ensure_shape(rounded, (*size, channels))


def _decoder(
    parts: int, size: tuple[int, int], channels: int
) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Return a function that reads an image from files with an equal number of channels."""
    import tensorflow as tf

    each = channels // parts
    if each * parts != channels:
        raise ConfigError(f"an image of {parts} files cannot have {channels} channels; use {parts}")

    def decode(paths: Any, label: Any) -> tuple[Any, Any]:
        images = [decoded(tf.io.read_file(paths[part]), size, each) for part in range(parts)]
        return tf.concat(images, axis=-1), label

    return decode


def one_file_each(paths: Sequence[Path]) -> list[tuple[str, ...]]:
    """Return the paths of images with one file each, in the form of `Files`."""
    return [(str(path),) for path in paths]
