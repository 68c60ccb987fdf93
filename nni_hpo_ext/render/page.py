"""The sections of a report, independent of the output format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Card", "Code", "Column", "Row", "Section", "Statement", "Table"]


@dataclass(frozen=True, slots=True)
class Card:
    """A number in the summary."""

    title: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the verdict, with the section that holds its evidence.

    Attributes
    ----------
    question
        What it answers, in a word or two.
    text
        The sentence.
    section
        Key of the section.
    link
        Text of the link to it; empty without one.
    """

    question: str
    text: str
    section: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers are right-aligned, text columns are wide."""

    title: str
    number: bool = False
    words: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; less important rows are dimmed."""

    cells: tuple[str, ...]
    dim: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading and an optional note; a page shows a folded one when asked."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A code block that can be copied."""

    key: str
    title: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a report: text, cards, tables and code blocks.

    Attributes
    ----------
    key
        Id in the page; figures refer to the section by it.
    short, title
        Entry in the table of contents, and heading.
    statements
        The verdict.
    text
        Paragraphs.
    trials
        Whether the page shows the table of all trials here, and their parallel coordinates.
    cards, tables, codes
        See their classes.
    """

    key: str
    short: str
    title: str
    statements: Sequence[Statement] = ()
    text: Sequence[str] = ()
    trials: bool = False
    cards: Sequence[Card] = ()
    tables: Sequence[Table] = ()
    codes: Sequence[Code] = ()
