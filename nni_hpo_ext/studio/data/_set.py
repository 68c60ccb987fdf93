"""An image set: its pictures, their parts, and the file that keeps them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import json_text
from nni_hpo_ext.studio.data._duplicates import duplicate_groups
from nni_hpo_ext.studio.data._layout import find_images
from nni_hpo_ext.studio.data._pictures import Picture, inspect
from nni_hpo_ext.studio.data._split import assign_parts
from nni_hpo_ext.studio.predict import read_image
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["SET_FILE", "ImageSet", "read_set", "scan"]

SET_FILE = "images.json"
_SIZES = (8, 16, 32, 48, 64)


@dataclass(slots=True)
class ImageSet:
    """Labelled images in three parts.

    Attributes
    ----------
    name
        Name, for people.
    folder
        Folder that holds the file of the set; relative paths start there.
    pictures
        All images, also those that are left out.
    skipped
        Name and reason of each file that is not part of the set.
    seed
        Seed of the split.
    """

    name: str
    folder: Path
    pictures: list[Picture]
    skipped: list[tuple[str, str]] = field(default_factory=list)
    seed: int = 0

    @property
    def labels(self) -> list[str]:
        """Names of the classes, sorted."""
        return sorted({picture.label for picture in self.pictures if not picture.out})

    @property
    def channels(self) -> int:
        """1 if all images are grey, else 3."""
        return max((p.channels for p in self.pictures if not p.out), default=3)

    @property
    def size(self) -> int:
        """Side to which images are scaled for training: that of the images, at most 64 pixels."""
        sides = [min(p.width, p.height) for p in self.pictures if not p.out]
        typical = float(np.median(sides)) if sides else _SIZES[-1]
        return next((size for size in _SIZES if size >= typical), _SIZES[-1])

    def rows(self, part: str) -> list[int]:
        """Return the numbers of the pictures of a part."""
        return [number for number, p in enumerate(self.pictures) if p.part == part]

    def path(self, number: int) -> Path:
        """Return the path of a picture."""
        return self.folder / self.pictures[number].file

    def targets(self, rows: Iterable[int]) -> NDArray[np.int64]:
        """Return the class numbers of pictures, ``(n,)``."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        return np.array([numbers[self.pictures[row].label] for row in rows], dtype=np.int64)

    def images(
        self, rows: Iterable[int], size: int, channels: int | None = None
    ) -> NDArray[np.uint8]:
        """Return pictures, scaled to shape ``(n, size, size, channels)``."""
        channels = channels or self.channels
        return np.stack([read_image(self.path(row), size, channels) for row in rows])

    def divide(self) -> None:
        """Assign the pictures to the parts again; see `assign_parts`."""
        assign_parts(self.pictures, duplicate_groups(self.pictures), self.seed)

    def save(self) -> None:
        """Write the file of the set."""
        form = {
            "name": self.name,
            "seed": self.seed,
            "skipped": self.skipped,
            "pictures": [asdict(picture) for picture in self.pictures],
        }
        text = json_text(form)
        write_whole(self.folder / SET_FILE, lambda path: path.write_text(text, encoding="utf-8"))


def scan(
    source: Path,
    folder: Path,
    name: str = "",
    *,
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> ImageSet:
    """Read all images of a folder, find duplicates, and split them.

    Parameters
    ----------
    source
        The folder with the images; see `find_images`.
    folder
        Folder of the set, which may contain `source`.
    name
        Name of the set; by default that of the folder.
    seed
        Seed of the split.
    progress
        Called with the share that is done.

    Raises
    ------
    DataError
        If there are no labelled images, or too few.
    """
    found, skipped = find_images(source)
    pictures = []
    for number, image in enumerate(found):
        picture = inspect(image)
        picture.file = _relative(image.file, folder)
        pictures.append(picture)
        if number % 20 == 0:
            progress(number / len(found))
    result = ImageSet(name or source.name, folder, pictures, skipped, seed)
    result.divide()
    return result


def _relative(file: Path, folder: Path) -> str:
    file, folder = file.absolute(), folder.absolute()
    return os.path.relpath(file, folder) if file.is_relative_to(folder) else str(file)


def read_set(folder: Path) -> ImageSet:
    """Read an image set from its folder; a folder without `SET_FILE` is scanned.

    Raises
    ------
    DataError
        If the folder or the file cannot be read.
    """
    file = folder / SET_FILE
    if not file.is_file():
        return scan(folder, folder)
    try:
        form: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        pictures = [Picture(**picture) for picture in form["pictures"]]
        skipped = [(name, reason) for name, reason in form["skipped"]]
        return ImageSet(form["name"], folder, pictures, skipped, form["seed"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file} cannot be read ({error!r}); import the images again") from None


def class_counts(images: ImageSet, part: str = "") -> Counter[str]:
    """Return the number of used images per class, of one part or all."""
    return Counter(p.label for p in images.pictures if p.part and part in ("", p.part))
