"""List images in one folder per class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.trial.data._files import Files, image_names, one_file_each
from nni_hpo_ext.trial.data._parts import three_parts

__all__ = ["folder_files"]

_VALIDATION_NAMES = ("val", "valid", "validation")


def folder_files(
    folder: Path, *, seed: int = 0, max_classes: int = 0
) -> tuple[tuple[Files, Files, Files], int]:
    """List the images of ``split/class/file`` or ``class/file``.

    Parameters
    ----------
    folder
        Contains ``train``, and optionally ``val`` (or ``valid``, ``validation``) and ``test``,
        each with one folder per class; or the class folders themselves. Missing parts are split
        off.
    seed
        Seed of that split.
    max_classes
        Number of classes to use, in the order of their names; 0 for all.

    Returns
    -------
    tuple
        Training, validation and test files, and the number of classes.

    Raises
    ------
    DataError
        If a folder is missing or empty, or there are fewer than two classes.
    """
    train = folder / "train" if (folder / "train").is_dir() else folder
    names = _classes(train, max_classes)
    validation = test = None
    if train != folder:
        found = (path for name in _VALIDATION_NAMES if (path := folder / name).is_dir())
        validation = next((_listed(path, names) for path in found), None)
        test = _listed(folder / "test", names) if (folder / "test").is_dir() else None
    return three_parts(_listed(train, names), validation, test, seed), len(names)


def _classes(folder: Path, most: int) -> list[str]:
    if not folder.is_dir():
        raise DataError(f"image folder {folder} does not exist")
    names = sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(names) < 2:
        raise DataError(f"{folder} contains {len(names)} class folder(s); at least 2 are needed")
    return names[: most or None]


def _listed(folder: Path, classes: list[str]) -> Files:
    paths: list[Path] = []
    labels: list[int] = []
    for number, name in enumerate(classes):
        found = [folder / name / file for file in image_names(folder / name)]
        if not found:
            raise DataError(f"class folder {folder / name} contains no image")
        paths += found
        labels += [number] * len(found)
    return Files(one_file_each(paths), np.array(labels, dtype=np.int64))
