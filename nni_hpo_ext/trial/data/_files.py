"""List, check and stream image files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.trial.data._frame import Frame
from nni_hpo_ext.trial.data._parts import stratified

__all__ = ["SUFFIXES", "Files", "image_names", "one_file_each"]

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif")
"""Suffixes of the files that TensorFlow can decode, in lower case."""


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

    def pixels(self, frame: Frame, shuffle_seed: int | None = None) -> Any:
        """Return a ``tf.data.Dataset`` of (uint8 image, label) examples.

        The images, brought into the frame, are kept in memory if they take less than 1 GiB, and
        read again in each epoch otherwise. With a seed, each epoch has a different order.
        """
        import tensorflow as tf

        listed = tf.data.Dataset.from_tensor_slices((np.array(self.paths), self.labels))
        cached = frame.fits_in_memory(len(self))
        if shuffle_seed is not None and not cached:
            listed = listed.shuffle(len(self), seed=shuffle_seed)
        parts = len(self.paths[0])
        stream = listed.map(
            _decoder(parts, frame), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        if cached:
            stream = stream.cache()
            if shuffle_seed is not None:
                stream = stream.shuffle(len(self), seed=shuffle_seed)
        return stream


def image_names(folder: Path) -> list[str]:
    """Return the names of the image files in a folder, sorted."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise DataError(f"image folder {folder} cannot be read: {error}") from None
    return [name for name in names if name.lower().endswith(SUFFIXES)]


def _decoder(parts: int, frame: Frame) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Return a function that reads an image from files with an equal number of channels."""
    import tensorflow as tf

    each = frame.with_channels(frame.channels // parts)
    if each.channels * parts != frame.channels:
        raise ConfigError(
            f"an image of {parts} files cannot have {frame.channels} channels; use {parts}"
        )

    def decode(paths: Any, label: Any) -> tuple[Any, Any]:
        images = [each.decoded(tf.io.read_file(paths[part])) for part in range(parts)]
        return tf.concat(images, axis=-1), label

    return decode


def one_file_each(paths: Sequence[Path]) -> list[tuple[str, ...]]:
    """Return the paths of images with one file each, in the form of `Files`."""
    return [(str(path),) for path in paths]
