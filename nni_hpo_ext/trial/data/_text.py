"""Labelled texts from a CSV file, or paragraphs of SciPy's documentation."""

from __future__ import annotations

import ast
import csv
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.files import DATA_BYTES, require_size
from nni_hpo_ext.trial.data._choose import DATA_OPTIONS
from nni_hpo_ext.trial.data._memory import check_limits
from nni_hpo_ext.trial.data._parts import Examples, three_parts
from nni_hpo_ext.trial.data._sources import shared_folder

__all__ = ["Texts", "text_dataset"]

_logger = logging.getLogger(__name__)
_TOPICS = ("integrate", "linalg", "optimize", "signal", "spatial", "stats")
_SHORTEST = 12


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts and their classes.

    Attributes
    ----------
    name
        Name of the data actually used, for reports.
    train, validation, test
        Texts of each part.
    y_train, y_val, y_test
        Class numbers from 0, int64 of shape ``(n,)``.
    classes
        Name of each class.

    Examples
    --------
    >>> labels = np.array([0, 1])
    >>> texts = Texts(
    ...     "mine", ["a b", "c d"], labels, ["e f"], labels[1:], ["g h"], labels[1:], ("x", "y")
    ... )
    >>> texts.limited(1, 0).train
    ['a b']
    """

    name: str
    train: list[str]
    y_train: NDArray[np.int64]
    validation: list[str]
    y_val: NDArray[np.int64]
    test: list[str]
    y_test: NDArray[np.int64]
    classes: tuple[str, ...]

    def limited(self, max_train: int, max_val: int) -> Texts:
        """Return the first training and validation texts; 0 means all."""
        train, val = max_train or None, max_val or None
        return replace(
            self,
            train=self.train[:train],
            y_train=self.y_train[:train],
            validation=self.validation[:val],
            y_val=self.y_val[:val],
        )


def text_dataset(name: str, params: Mapping[str, Any]) -> Texts:
    r"""Return labelled texts.

    Parameters
    ----------
    name
        ``"texts"`` reads ``train.csv``, and ``val.csv`` and ``test.csv`` if present, from
        ``data_dir`` or ``$NNI_HPO_DATA/texts``. The columns are ``text`` and ``label``. Missing
        parts are split off from the first, 15 % each. ``"scipy"`` is paragraphs of SciPy's
        documentation, with the subpackage as the class; it also replaces ``"texts"``, with a
        warning in the log, if there is no folder.
    params
        The trial's parameters, with those of `DATA_OPTIONS`.

    Raises
    ------
    ConfigError
        If the name is unknown.
    DataError
        If a file is missing or malformed.

    Examples
    --------
    >>> import tempfile
    >>> rows = "text,label\n" + "a good film,good\na bad film,bad\n" * 5
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "train.csv").write_text(rows)
    ...     texts = text_dataset("texts", {"data_dir": folder})
    >>> texts.classes, len(texts.train), len(texts.validation)
    (('bad', 'good'), 7, 2)
    """
    options = {**DATA_OPTIONS, **params}
    if name not in ("texts", "scipy"):
        raise ConfigError(f"unknown dataset {name!r}; use texts or scipy")
    data_dir = options["data_dir"]
    folder = None
    if name == "texts":
        folder = (
            Path(data_dir) if data_dir else shared_folder("texts", "texts", "SciPy's documentation")
        )
    check_limits(options["max_train"], options["max_val"], options["max_classes"])
    how = (options["max_classes"], options["split_seed"])
    if folder is None:
        texts = _encoded("scipy", [list(_paragraphs()), None, None], *how)
        if name == "texts":
            texts = replace(texts, name="scipy (stand-in for texts)")
    else:
        files = [folder / f"{part}.csv" for part in ("train", "val", "test")]
        held_out = [_rows(file) if file.is_file() else None for file in files[1:]]
        texts = _encoded("texts", [_rows(files[0]), *held_out], *how)
    texts = texts.limited(options["max_train"], options["max_val"])
    _logger.info(
        "data: %s: %d training, %d validation, %d test texts, %d classes",
        texts.name,
        len(texts.train),
        len(texts.validation),
        len(texts.test),
        len(texts.classes),
    )
    return texts


def _encoded(
    name: str, parts: Sequence[list[tuple[str, str]] | None], max_classes: int, seed: int
) -> Texts:
    """Return the texts of the first classes, with the parts that are None split off."""
    given, *held_out = parts
    assert given is not None
    labels = sorted({label for _, label in given})
    unknown = sorted({label for rows in held_out for _, label in rows or ()} - set(labels))
    if len(labels) < 2 or unknown or [] in held_out:
        raise DataError(
            f"{name} needs at least 2 classes, all in training, and texts in each file; found "
            f"{len(labels)} training classes, classes only in other files: {unknown}"
        )
    classes = tuple(labels[: max_classes or None])
    number = {label: i for i, label in enumerate(classes)}

    def examples(rows: list[tuple[str, str]]) -> Examples:
        kept = [(text, number[label]) for text, label in rows if label in number]
        texts = np.array([text for text, _ in kept], dtype=object)
        return Examples(texts, np.array([label for _, label in kept], dtype=np.int64))

    first, *others = (None if rows is None else examples(rows) for rows in parts)
    assert first is not None
    ready = three_parts(first, others[0], others[1], seed)
    (train, y_train), (validation, y_val), (test, y_test) = (
        (part.x.tolist(), part.labels) for part in ready
    )
    return Texts(name, train, y_train, validation, y_val, test, y_test, classes)


def _rows(file: Path) -> list[tuple[str, str]]:
    try:
        require_size(file, DATA_BYTES)
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            if not {"text", "label"} <= set(reader.fieldnames or ()):
                raise DataError(
                    f"{file} needs columns 'text' and 'label', it has {reader.fieldnames}"
                )
            rows = [(row["text"], row["label"]) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file} cannot be read: {error}") from None
    for number, (text, label) in enumerate(rows, start=1):
        if not text or not label:
            raise DataError(f"{file}, text {number}: the text or the label is missing")
    return rows


def _paragraphs() -> Iterator[tuple[str, str]]:
    """Yield each paragraph of SciPy's docstrings with its subpackage."""
    import scipy

    seen: set[str] = set()
    for topic in _TOPICS:
        for file in sorted((Path(scipy.__file__).parent / topic).glob("*.py")):
            for docstring in _docstrings(file):
                for part in re.split(r"\n\s*\n", docstring):
                    text = " ".join(part.split())
                    if len(text.split()) >= _SHORTEST and ">>>" not in text and text not in seen:
                        seen.add(text)
                        # The name of the class would give it away.
                        yield re.sub(rf"(scipy\.)?{topic}\b", "", text), topic


def _docstrings(file: Path) -> Iterator[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, documented):
            yield ast.get_docstring(node) or ""
