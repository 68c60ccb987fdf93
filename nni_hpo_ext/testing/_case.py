"""One thing that an algorithm should stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

__all__ = ["Case", "each", "require"]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that an algorithm should stand.

    Attributes
    ----------
    group
        What it belongs to.
    name
        What it is, unique within the group.
    check
        Called with the suite, which knows how to make the algorithm. Raises AssertionError, or
        whatever the algorithm raises, where it does not stand it, and ``unittest.SkipTest`` with
        the reason where the question does not arise.
    """

    group: str
    name: str
    check: Callable[[Any], None]

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


def each(group: str, names: Iterable[str], check: Callable[[Any, str], None]) -> tuple[Case, ...]:
    """Make a case of each name, which ``check`` gets as its second argument."""
    return tuple(Case(group, name, partial(_named, check, name)) for name in names)


def _named(check: Callable[[Any, str], None], name: str, suite: Any) -> None:
    check(suite, name)


def require(condition: bool, otherwise: str) -> None:
    """Raise AssertionError with a message unless the condition holds."""
    if not condition:
        raise AssertionError(otherwise)
