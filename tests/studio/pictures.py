"""Draw small image sets for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"red": (200, 40, 40), "green": (40, 180, 60), "blue": (50, 60, 210)}


def picture(label: str, number: int, side: int = 24) -> Image.Image:
    """Return noise in the colour of a class; every number gives another picture."""
    generator = np.random.default_rng([sum(map(ord, label)), number])
    noise = generator.normal(0, 40, (side, side, 3))
    pixels = np.clip(np.array(COLOURS.get(label, (128, 128, 128))) + noise, 0, 255)
    return Image.fromarray(pixels.astype(np.uint8))


def encoded(image: Image.Image, kind: str = "png") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def write_classes(folder: Path, count: int = 20, labels: Iterable[str] = COLOURS) -> Path:
    """Write one folder per class."""
    for label in labels:
        (folder / label).mkdir(parents=True)
        for number in range(count):
            picture(label, number).save(folder / label / f"{number}.png")
    return folder


def zipped(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as out:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                out.write(file, file.relative_to(folder))
    return archive
