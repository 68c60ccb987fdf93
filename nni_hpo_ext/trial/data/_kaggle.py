"""List images in Kaggle's layout: a CSV file with a row per image, and a folder of images."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import DATA_BYTES, require_size
from nni_hpo_ext.trial.data._files import Files, image_names
from nni_hpo_ext.trial.data._parts import three_parts

__all__ = ["KaggleLayout", "kaggle_files"]


@dataclass(frozen=True)
class KaggleLayout:
    """Names of the files and columns of a competition.

    Attributes
    ----------
    csv
        CSV file with a row per image.
    images
        Folder of the images.
    image_column, label_column
        Columns of the image's name, without its suffix, and of its class.
    parts
        What the files of an image, one grey file per channel, append to its name; ``("",)`` if an
        image is a single file.
    num_labels
        0 if each image has one class. Otherwise the number of labels: an image may have several,
        and the column contains their numbers, separated by spaces.

    Examples
    --------
    >>> KaggleLayout("labels.csv", "train", "id", "breed").num_labels
    0
    """

    csv: str
    images: str
    image_column: str
    label_column: str
    parts: tuple[str, ...] = ("",)
    num_labels: int = 0


def kaggle_files(
    folder: Path, layout: KaggleLayout, *, seed: int = 0, max_classes: int = 0
) -> tuple[tuple[Files, Files, Files], int]:
    """List the images that a CSV file names, split into three parts.

    Parameters
    ----------
    folder
        Contains the CSV file and the folder of images.
    layout
        Names of files and columns.
    seed
        Seed of the split.
    max_classes
        Number of classes to use, in order; 0 for all. Not for images with several labels.

    Returns
    -------
    tuple
        Training, validation and test files, and the number of classes or labels.

    Raises
    ------
    DataError
        If a file, a column or an image is missing, or a label is malformed.
    """
    table = folder / layout.csv
    names, texts = _columns(table, layout)
    if layout.num_labels:
        count, labels = layout.num_labels, _label_vectors(texts, layout.num_labels, table)
    else:
        classes = _ordered(set(texts))[: max_classes or None]
        kept = [i for i, text in enumerate(texts) if text in set(classes)]
        names, texts = [names[i] for i in kept], [texts[i] for i in kept]
        number = {text: i for i, text in enumerate(classes)}
        count, labels = len(classes), np.array([number[t] for t in texts], dtype=np.int64)
    files = Files(_paths(folder / layout.images, names, layout, table), labels)
    return three_parts(files, None, None, seed), count


def _columns(table: Path, layout: KaggleLayout) -> tuple[list[str], list[str]]:
    try:
        require_size(table, DATA_BYTES)
        with table.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            for column in (layout.image_column, layout.label_column):
                if column not in (rows.fieldnames or ()):
                    raise DataError(f"{table} has no column {column!r}, only {rows.fieldnames}")
            pairs = [(row[layout.image_column], row[layout.label_column]) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table} cannot be read: {error}") from None
    for line, (name, text) in enumerate(pairs, start=2):
        if not name or text is None:
            raise DataError(f"{table}, row {line}: the name or the label of the image is missing")
    return [name for name, _ in pairs], [text for _, text in pairs]


def _ordered(classes: set[str]) -> list[str]:
    """Sort numbers such as 2 and 10 by value, names alphabetically."""
    numbers = all(text.isdecimal() for text in classes)
    return sorted(classes, key=int) if numbers else sorted(classes)


def _label_vectors(texts: Sequence[str], count: int, table: Path) -> NDArray[np.float32]:
    labels = np.zeros((len(texts), count), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in text.split():
            if not word.isdecimal() or int(word) >= count:
                raise DataError(
                    f"{table}, row {row + 2}: {word!r} is not a label from 0 to {count - 1}"
                )
            labels[row, int(word)] = 1
    return labels


def _paths(
    folder: Path, names: Sequence[str], layout: KaggleLayout, table: Path
) -> list[tuple[str, ...]]:
    available = {Path(file).stem: file for file in image_names(folder)}
    wanted = [[name + part for part in layout.parts] for name in names]
    missing = [stem for stems in wanted for stem in stems if stem not in available]
    if missing:
        raise DataError(
            f"{table} names {len(missing)} image(s) that are not in {folder}, first "
            f"{missing[0]!r}; extract the images again, or remove the rows"
        )
    return [tuple(str(folder / available[stem]) for stem in stems) for stems in wanted]
