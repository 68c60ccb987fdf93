"""Texts with a class each: from a CSV file, or paragraphs of SciPy's documentation."""

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

_LOG = logging.getLogger(__name__)
_TOPICS = ("integrate", "linalg", "optimize", "signal", "spatial", "stats")
_SHORTEST = 12
_VALIDATION_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts and their classes.

    Attributes
    ----------
    name : str
        What the data really is, for reports.
    train, validation : list of str
        The texts of either part.
    y_train, y_val : ndarray of int64, shape (n,)
        Classes from 0.
    classes : tuple of str
        Name of each class.
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
    """Return texts with a class each, or say loudly that others stand in for them.

    Parameters
    ----------
    name : str
        ``"texts"``: ``train.csv``, and ``val.csv`` or ``test.csv`` if there is one, in the folder
        ``data_dir``, else in ``$NNI_HPO_DATA/texts``; each has the columns ``text`` and
        ``label``. Without a second file the first is split four to one. Where there is no
        folder, or for ``"scipy"``: paragraphs of SciPy's documentation, whose class is the
        subpackage.
    params : mapping
        The trial's parameters, with those of `DATA_OPTIONS`.

    Raises
    ------
    ConfigError
        The name is not known.
    DataError
        A file is missing or malformed; it is named.
    """
    options = {**DATA_OPTIONS, **params}
    if name not in ("texts", "scipy"):
        raise ConfigError(f"dataset {name!r} is not known; use texts or scipy")
    given = options["data_dir"]
    folder = None
    if name == "texts":
        folder = Path(given) if given else shared_folder("texts", "texts", "SciPy's documentation")
    if folder is None:
        texts = _split("scipy", list(_paragraphs()), options["split_seed"])
        if name == "texts":
            texts = replace(texts, name="scipy (stand-in for texts)")
    else:
        texts = _from_folder(folder, options["split_seed"])
    texts = texts.limited(options["max_train"], options["max_val"])
    _LOG.info(
        "data: %s: %d training, %d validation texts, %d classes",
        texts.name,
        len(texts.train),
        len(texts.validation),
        len(texts.classes),
    )
    return texts


def _from_folder(folder: Path, seed: int) -> Texts:
    train = _rows(folder / "train.csv")
    held_out = next((p for n in ("val", "test") if (p := folder / f"{n}.csv").is_file()), None)
    if held_out is None:
        return _split("texts", train, seed)
    return _assembled("texts", train, _rows(held_out))


def _split(name: str, rows: list[tuple[str, str]], seed: int) -> Texts:
    order = np.random.default_rng(seed).permutation(len(rows))
    cut = max(1, round(len(rows) * (1 - _VALIDATION_SHARE)))
    return _assembled(name, [rows[i] for i in order[:cut]], [rows[i] for i in order[cut:]])


def _assembled(name: str, train: list[tuple[str, str]], held_out: list[tuple[str, str]]) -> Texts:
    classes = tuple(sorted({label for _, label in train}))
    number = {label: i for i, label in enumerate(classes)}
    unknown = sorted({label for _, label in held_out} - set(classes))
    if len(classes) < 2 or unknown or not held_out:
        raise DataError(
            f"{name}: {len(classes)} classes of training texts, {len(held_out)} validation texts, "
            f"classes seen in validation alone: {unknown}; give both parts all classes"
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
                raise DataError(f"{file} needs columns 'text' and 'label'; {reader.fieldnames}")
            rows = [(row["text"], row["label"]) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file} cannot be read: {error}") from None
    for number, (text, label) in enumerate(rows, start=1):
        if not text or not label:
            raise DataError(f"{file}, text {number}: text or label is missing")
    return rows


def _paragraphs() -> Iterator[tuple[str, str]]:
    """Give (paragraph, subpackage) of the docstrings in SciPy's sources, each paragraph once."""
    import scipy

    seen: set[str] = set()
    for topic in _TOPICS:
        for file in sorted((Path(scipy.__file__).parent / topic).glob("*.py")):
            for docstring in _docstrings(file):
                for part in re.split(r"\n\s*\n", docstring):
                    text = " ".join(part.split())
                    if len(text.split()) >= _SHORTEST and ">>>" not in text and text not in seen:
                        seen.add(text)
                        # The name of the class itself would give it away.
                        yield re.sub(rf"(scipy\.)?{topic}\b", "", text), topic


def _docstrings(file: Path) -> Iterator[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, documented):
            yield ast.get_docstring(node) or ""
