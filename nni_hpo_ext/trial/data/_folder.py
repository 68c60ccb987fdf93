"""List images in one folder per class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.trial.data._files import Files, image_names, one_file_each

__all__ = ["folder_files"]

_VALIDATION_NAMES = ("val", "valid", "validation", "test")


def folder_files(folder: Path, *, seed: int = 0, max_classes: int = 0) -> tuple[Files, Files, int]:
    """List the images of ``split/class/file`` or ``class/file``.

    Parameters
    ----------
    folder
        Contains ``train`` and ``val``, ``valid``, ``validation`` or ``test`` (the first found),
        each with one folder per class; or the class folders themselves, which are split four to
        one.
    seed
        Seed of that split.
    max_classes
        Number of classes to use, in the order of their names; 0 for all.

    Returns
    -------
    tuple
        Training files, validation files, number of classes.

    Raises
    ------
    DataError
        If a folder is missing or empty, or there are fewer than two classes.
    """
    train = folder / "train"
    if not train.is_dir():
        files, classes = _listed(folder, _classes(folder, max_classes))
        return *files.split(seed), classes
    validation = next((p for n in _VALIDATION_NAMES if (p := folder / n).is_dir()), None)
    if validation is None:
        raise DataError(f"{folder} contains train but none of {', '.join(_VALIDATION_NAMES)}")
    names = _classes(train, max_classes)
    return _listed(train, names)[0], _listed(validation, names)[0], len(names)


def _classes(folder: Path, most: int) -> list[str]:
    if not folder.is_dir():
        raise DataError(f"image folder {folder} does not exist")
    names = sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(names) < 2:
        raise DataError(f"{folder} contains {len(names)} class folder(s); at least 2 are needed")
    return names[: most or None]


def _listed(folder: Path, classes: list[str]) -> tuple[Files, int]:
    paths: list[Path] = []
    labels: list[int] = []
    for number, name in enumerate(classes):
        found = [folder / name / file for file in image_names(folder / name)]
        if not found:
            raise DataError(f"class folder {folder / name} contains no image")
        paths += found
        labels += [number] * len(found)
    return Files(one_file_each(paths), np.array(labels, dtype=np.int64)), len(classes)
