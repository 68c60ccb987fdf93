"""Read each image once: size, digest, perceptual hash, and whether it is damaged."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from nni_hpo_ext.studio.data._layout import Found

__all__ = ["Picture", "inspect"]

# The pixels of a photograph of 64 megapixels need 192 MB.
_MOST_PIXELS = 64_000_000


@dataclass(slots=True)
class Picture:
    """An image of an image set.

    Attributes
    ----------
    file
        Path, relative to the image set's folder if it is inside of it.
    label
        Name of its class.
    part
        ``"train"``, ``"validation"`` or ``"test"``; empty if it is left out.
    given
        The part in which its publisher put it, empty if there is none.
    width, height
        Size in pixels.
    channels
        1 for grey images, else 3.
    bytes
        Size of the file.
    digest
        SHA-256 of its pixels: equal for exact duplicates, whatever the file format.
    hash
        Perceptual hash of 64 bits, as 16 hexadecimal digits.
    tiny
        The picture as 8 x 8 grey values, as hexadecimal digits.
    out
        Why it is left out, empty if it is used.
    """

    file: str
    label: str
    part: str = ""
    given: str = ""
    width: int = 0
    height: int = 0
    channels: int = 3
    bytes: int = 0
    digest: str = ""
    hash: str = ""
    tiny: str = ""
    out: str = ""


def inspect(found: Found) -> Picture:
    """Return what is known about an image; a damaged one is marked as left out."""
    picture = Picture(str(found.file), found.label, given=found.part)
    try:
        picture.bytes = found.file.stat().st_size
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            _read(picture, found.file)
    except Image.DecompressionBombError as error:
        picture.out = f"too large: {error}"
    except Exception as error:  # decoders of damaged files raise nearly everything
        picture.out = f"damaged: {str(error).splitlines()[0] if str(error) else repr(error)}"[:200]
    return picture


def _read(picture: Picture, file: Path) -> None:
    with Image.open(file) as image:
        picture.width, picture.height = image.size
        if image.width * image.height > _MOST_PIXELS:
            picture.out = f"too large: {image.width} x {image.height} pixels"
            return
        image.load()  # all of it: a file that was cut off is damaged
        is_grey = image.mode in ("1", "L", "LA", "I", "I;16", "F")
        plain = image.convert("L" if is_grey else "RGB")
    picture.channels = 1 if is_grey else 3
    shape = f"{plain.size}{plain.mode}".encode()
    picture.digest = hashlib.sha256(shape + plain.tobytes()).hexdigest()
    picture.hash = perceptual_hash(plain)
    picture.tiny = plain.convert("L").resize((8, 8), Image.Resampling.BOX).tobytes().hex()


def perceptual_hash(image: Image.Image) -> str:
    """Return whether each of 64 places is brighter than the one to its left, as hex digits.

    The hash hardly changes when an image is scaled or compressed again.
    """
    small = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = (np.diff(small, axis=1) > 0).ravel()
    return np.packbits(bits).tobytes().hex()
