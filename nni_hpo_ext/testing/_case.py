"""Conformance cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

__all__ = ["Case", "each", "require"]


@dataclass(frozen=True, slots=True)
class Case:
    """One conformance check.

    Attributes
    ----------
    group
        Group of the case.
    name
        Name of the case, unique within the group.
    check
        Function of the suite, which builds the algorithm. It raises AssertionError or any exception
        of the algorithm if the check fails, and ``unittest.SkipTest`` with a reason if the check
        does not apply.

    Examples
    --------
    >>> from nni_hpo_ext.testing import Case, TunerConformance
    >>> def json_only(suite):
    ...     suite.play(suite.started())
    >>> class TestMyTuner(TunerConformance):
    ...     tuner_class = "nni_hpo_ext.tuners.RandomTuner"
    ...     CASES = (*TunerConformance.CASES, Case("mine", "ten trials", json_only))
    >>> str(TestMyTuner.CASES[-1])
    'mine: ten trials'
    """

    group: str
    name: str
    check: Callable[[Any], None]

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


def each(group: str, names: Iterable[str], check: Callable[[Any, str], None]) -> tuple[Case, ...]:
    """Return one case per name, which is passed to ``check`` as its second argument."""
    return tuple(Case(group, name, partial(_named, check, name)) for name in names)


def _named(check: Callable[[Any, str], None], name: str, suite: Any) -> None:
    check(suite, name)


def require(condition: bool, otherwise: str) -> None:
    """Raise AssertionError with a message unless the condition holds."""
    if not condition:
        raise AssertionError(otherwise)
