"""Find the labelled images in a folder, whatever layout it has."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import SETTINGS_BYTES, require_size
from nni_hpo_ext.studio.predict import SUFFIXES

__all__ = ["PARTS", "Found", "find_images"]

PARTS = ("train", "validation", "test")
"""Names of the parts of an image set."""

_PART_NAMES = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
_FILE_COLUMNS = ("file", "filename", "file_name", "image", "path", "id", "id_code", "image_id")
_LABEL_COLUMNS = ("label", "class", "category", "target", "breed", "diagnosis", "species")
_PART_COLUMNS = ("part", "split", "set", "subset")


@dataclass(frozen=True, slots=True)
class Found:
    """A labelled image.

    Attributes
    ----------
    file
        Its path.
    label
        Name of its class.
    part
        Of `PARTS`, empty if its publisher made no split.
    """

    file: Path
    label: str
    part: str = ""


def find_images(folder: Path) -> tuple[list[Found], list[tuple[str, str]]]:
    """Return the labelled images of a folder, and what was left out and why.

    Parameters
    ----------
    folder
        Holds one folder per class; or ``train`` and optionally ``val`` and ``test`` with one folder
        per class; or images and a CSV file with a column of file names and one of labels. Any of
        them may lie in a single outer folder.

    Returns
    -------
    tuple
        The images, and pairs of a file name and the reason why it is left out.

    Raises
    ------
    DataError
        If no labelled images are found.
    """
    root = _inner(folder)
    tables = sorted(root.glob("*.csv"))
    found, left = _by_table(root, tables) if tables else ([], [])
    if not found:
        found, left = list(_by_folder(root)), []
        loose = [p.name for p in root.iterdir() if _is_image(p)]
        left += [(name, "it lies outside a class folder") for name in sorted(loose)]
    if len({image.label for image in found}) < 2:
        raise DataError(
            "no two classes of images found; put the images of each class into a folder of its "
            "own, or add a CSV file with the columns file and label"
        )
    return found, left


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))


def _inner(folder: Path) -> Path:
    """Return the folder below outer folders that hold nothing else."""
    try:
        inside = [p for p in folder.iterdir() if not p.name.startswith((".", "__"))]
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}") from None
    return _inner(inside[0]) if len(inside) == 1 and inside[0].is_dir() else folder


def _by_folder(root: Path) -> Iterator[Found]:
    parts = {
        p: _PART_NAMES[p.name.lower()] for p in _folders(root) if p.name.lower() in _PART_NAMES
    }
    if "train" in parts.values():
        for folder, part in parts.items():
            yield from _classes(folder, part)
    else:
        yield from _classes(root, "")


def _classes(root: Path, part: str) -> Iterator[Found]:
    for folder in _folders(root):
        for file in sorted(folder.rglob("*")):
            if _is_image(file):
                yield Found(file, folder.name, part)


def _by_table(root: Path, tables: list[Path]) -> tuple[list[Found], list[tuple[str, str]]]:
    files = {str(p.relative_to(root)): p for p in sorted(root.rglob("*")) if _is_image(p)}
    # Kaggle's tables leave out folders and suffixes.
    short = {p.stem: p for p in files.values()} | {p.name: p for p in files.values()} | files
    found: dict[Path, Found] = {}
    left = []
    for table in tables:
        for name, label, part in _rows(table):
            if name not in short:
                left.append((name, f"{table.name} names it, but there is no such image"))
            elif not label:
                left.append((name, f"{table.name} gives it no label"))
            else:
                found.setdefault(short[name], Found(short[name], label, part))
    left += [(n, "no table gives it a label") for n, p in files.items() if p not in found]
    return list(found.values()), left if found else []


def _rows(table: Path) -> Iterator[tuple[str, str, str]]:
    require_size(table, SETTINGS_BYTES)
    try:
        with table.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.DictReader(file)
            names = [(name or "").strip() for name in reader.fieldnames or ()]
            reader.fieldnames = names
            file_key, label_key = _column(names, _FILE_COLUMNS), _column(names, _LABEL_COLUMNS)
            part_key = _column(names, _PART_COLUMNS)
            if file_key is None or label_key is None:
                return
            for row in reader:
                part = (row.get(part_key) or "").strip().lower() if part_key else ""
                yield (
                    (row.get(file_key) or "").strip(),
                    (row.get(label_key) or "").strip(),
                    _PART_NAMES.get(part, ""),
                )
    except csv.Error as error:
        raise DataError(f"{table.name} is not a valid CSV file: {error}") from None


def _column(names: list[str], wanted: tuple[str, ...]) -> str | None:
    by_name = {name.lower(): name for name in names}
    return next((by_name[w] for w in wanted if w in by_name), None)
