"""Labelled texts from a CSV file, or paragraphs of SciPy's documentation."""

from __future__ import annotations

import ast
import csv
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.files import DATA_BYTES, require_size
from nni_hpo_ext.trial.data._choose import DATA_OPTIONS
from nni_hpo_ext.trial.data._sources import shared_folder

__all__ = ["Texts", "text_dataset"]

_logger = logging.getLogger(__name__)
_TOPICS = ("integrate", "linalg", "optimize", "signal", "spatial", "stats")
_SHORTEST = 12
_VALIDATION_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts and their classes.

    Attributes
    ----------
    name
        Name of the data actually used, for reports.
    train, validation
        Texts of each part.
    y_train, y_val
        Class numbers from 0, int64 of shape ``(n,)``.
    classes
        Name of each class.

    Examples
    --------
    >>> labels = np.array([0, 1])
    >>> texts = Texts("mine", ["a b", "c d"], labels, ["e f"], labels[1:], ("x", "y"))
    >>> texts.limited(1, 0).train
    ['a b']
    """

    name: str
    train: list[str]
    y_train: NDArray[np.int64]
    validation: list[str]
    y_val: NDArray[np.int64]
    classes: tuple[str, ...]

    def limited(self, max_train: int, max_val: int) -> Texts:
        """Return the first texts of each part; 0 means all."""
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
        ``"texts"`` reads ``train.csv``, and ``val.csv`` or ``test.csv`` if present, from
        ``data_dir`` or ``$NNI_HPO_DATA/texts``. The columns are ``text`` and ``label``. Without a
        second file the first one is split four to one. ``"scipy"`` is paragraphs of SciPy's
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
    (('bad', 'good'), 8, 2)
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
    if folder is None:
        texts = _split("scipy", list(_paragraphs()), options["split_seed"])
        if name == "texts":
            texts = replace(texts, name="scipy (stand-in for texts)")
    else:
        texts = _read_folder(folder, options["split_seed"])
    texts = texts.limited(options["max_train"], options["max_val"])
    _logger.info(
        "data: %s: %d training, %d validation texts, %d classes",
        texts.name,
        len(texts.train),
        len(texts.validation),
        len(texts.classes),
    )
    return texts


def _read_folder(folder: Path, seed: int) -> Texts:
    train = _rows(folder / "train.csv")
    held_out = next((p for n in ("val", "test") if (p := folder / f"{n}.csv").is_file()), None)
    if held_out is None:
        return _split("texts", train, seed)
    return _encoded("texts", train, _rows(held_out))


def _split(name: str, rows: list[tuple[str, str]], seed: int) -> Texts:
    order = np.random.default_rng(seed).permutation(len(rows))
    cut = max(1, round(len(rows) * (1 - _VALIDATION_SHARE)))
    return _encoded(name, [rows[i] for i in order[:cut]], [rows[i] for i in order[cut:]])


def _encoded(name: str, train: list[tuple[str, str]], held_out: list[tuple[str, str]]) -> Texts:
    classes = tuple(sorted({label for _, label in train}))
    number = {label: i for i, label in enumerate(classes)}
    unknown = sorted({label for _, label in held_out} - set(classes))
    if len(classes) < 2 or unknown or not held_out:
        raise DataError(
            f"{name} needs at least 2 classes, all in training, and a validation text; found "
            f"{len(classes)} training classes, {len(held_out)} validation texts, classes only in "
            f"validation: {unknown}"
        )
    return Texts(
        name,
        [text for text, _ in train],
        np.array([number[label] for _, label in train], dtype=np.int64),
        [text for text, _ in held_out],
        np.array([number[label] for _, label in held_out], dtype=np.int64),
        classes,
    )


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
