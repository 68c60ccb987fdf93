"""Image files that are read as they are needed, without TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import DataError, MissingDependencyError
from nni_hpo_ext.trial.data._files import Files
from nni_hpo_ext.trial.data._frame import Frame

__all__ = ["IMAGENET_MEAN", "IMAGENET_SPREAD", "Pictures"]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_SPREAD = (0.229, 0.224, 0.225)
"""Of ImageNet's training images on a scale from 0 to 1: what published networks expect."""


class Pictures:
    """Colour images in files, in the form of an array of shape ``(n, height, width, 3)``.

    Each channel is normalised by its mean and its standard deviation over ImageNet, as the
    published networks of torchvision, and most of timm's, expect. If all images take less
    than 1 GiB, each process reads a file once and keeps its pixels.

    Parameters
    ----------
    files
        The images, one file each.
    frame
        Form to bring them into.

    Raises
    ------
    MissingDependencyError
        If Pillow is not installed.
    """

    def __init__(self, files: Files, frame: Frame) -> None:
        try:
            import PIL  # noqa: F401
        except ImportError as error:
            raise MissingDependencyError(f"image files: {error}; pip install pillow") from None
        self._files = files
        self._frame = frame.with_channels(3)
        self._is_kept = frame.fits_in_memory(len(files))
        self._kept: dict[int, NDArray[np.uint8]] = {}

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Number of images, height, width and channels."""
        return len(self), *self._frame.shape

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return the images with these row numbers, float32 of shape ``(n, height, width, 3)``.

        Raises
        ------
        DataError
            If a file is missing or damaged; the message names it.
        """
        if isinstance(rows, slice):
            rows = range(len(self))[rows]
        pixels = np.stack([self._pixels(int(row)) for row in rows]).astype(np.float32)
        pixels /= 255
        pixels -= np.array(IMAGENET_MEAN, dtype=np.float32)
        pixels /= np.array(IMAGENET_SPREAD, dtype=np.float32)
        return pixels

    def _pixels(self, row: int) -> NDArray[np.uint8]:
        if row in self._kept:
            return self._kept[row]
        (path,) = self._files.paths[row]
        pixels = _read(path, self._frame)
        if self._is_kept:
            self._kept[row] = pixels
        return pixels


def _read(path: str, frame: Frame) -> NDArray[np.uint8]:
    """Return an image file as uint8 of shape ``(height, width, 3)``."""
    from PIL import Image, ImageOps

    size, how = (frame.width, frame.height), Image.Resampling.BILINEAR
    try:
        with Image.open(path) as file:
            image = file.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"image {path} cannot be read ({error}); replace or remove it") from None
    if frame.fit == "crop":
        image = ImageOps.fit(image, size, how)
    elif frame.fit == "pad":
        image = ImageOps.pad(image, size, how)
    else:
        image = image.resize(size, how)
    return np.asarray(image)
