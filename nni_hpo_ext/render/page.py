"""The words and numbers of a report, in parts that every format shows its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Card", "Code", "Column", "Row", "Section", "Table"]


@dataclass(frozen=True, slots=True)
class Card:
    """One number of the summary."""

    title: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: numbers are set right, words get room."""

    title: str
    number: bool = False
    words: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row; a dim one matters less."""

    cells: tuple[str, ...]
    dim: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Text to copy, in some language."""

    key: str
    title: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: text, then cards, tables and texts to copy.

    Attributes
    ----------
    key
        Its name in the page; figures belong to it by this name.
    short, title
        Its name in the table of contents, and its heading.
    text
        Paragraphs.
    cards, tables, codes
        See their classes.
    """

    key: str
    short: str
    title: str
    text: Sequence[str] = ()
    cards: Sequence[Card] = ()
    tables: Sequence[Table] = ()
    codes: Sequence[Code] = ()
