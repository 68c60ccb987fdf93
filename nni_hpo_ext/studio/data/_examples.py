"""Example sets: scikit-learn's digits, and what is in ``$NNI_HPO_DATA``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError

__all__ = ["example_folder", "examples"]

_DIGITS = "digits"


def examples() -> list[str]:
    """Return the names of the example sets: digits, and the folders of ``$NNI_HPO_DATA``."""
    root = os.environ.get("NNI_HPO_DATA", "")
    folders = sorted(p.name for p in Path(root).iterdir() if p.is_dir()) if root else []
    return [_DIGITS, *folders]


def example_folder(name: str, folder: Path) -> Path:
    """Return the folder with the images of an example set.

    Parameters
    ----------
    name
        Name of the example.
    folder
        Where images are written if the example does not consist of image files.

    Raises
    ------
    DataError
        If the data are damaged.
    """
    from nni_hpo_ext.trial.data import cifar10_batches, is_cifar10

    source = Path(os.environ.get("NNI_HPO_DATA", "")) / name
    if name == _DIGITS:
        _write(folder, _digits())
    elif is_cifar10(source):
        _write(folder, cifar10_batches(source))
    else:
        return source
    return folder


def _digits() -> Iterable[tuple[str, Any, list[str]]]:
    from sklearn.datasets import load_digits

    found = load_digits()
    yield "", (found.images * 255 / 16).astype("uint8"), [str(label) for label in found.target]


def _write(folder: Path, batches: Iterable[tuple[str, Any, list[str]]]) -> None:
    """Write images as one folder per class, in one folder per part if the data have parts."""
    from PIL import Image

    shutil.rmtree(folder, ignore_errors=True)
    number = 0
    for part, images, labels in batches:
        for pixels, label in zip(images, labels, strict=True):
            if Path(label).name != label or label.startswith("."):
                raise DataError(f"a class cannot be named {label!r}")
            place = folder / part / label
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(place / f"{number}.png")
            number += 1
