"""Exceptions of the package; each message says what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = [
    "ConfigError",
    "DataError",
    "ExperimentError",
    "Finding",
    "HpoExtError",
    "MissingDependencyError",
    "SearchSpaceError",
    "SpaceExhaustedError",
]


class HpoExtError(Exception):
    """Base class of the errors that this package raises."""


class ConfigError(HpoExtError, ValueError):
    """A setting (class argument, config key, command-line option) is wrong."""


class DataError(HpoExtError):
    """A data set is missing, incomplete or unreadable."""


class ExperimentError(HpoExtError):
    """An NNI experiment could not be started, followed or finished."""


class MissingDependencyError(HpoExtError, ImportError):
    """An optional package is needed; the message holds the command that installs it."""


class SpaceExhaustedError(HpoExtError):
    """Every configuration of a finite search space has been suggested."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem in a file.

    Attributes
    ----------
    where
        The key inside the file, for example ``learning_rate._value``.
    problem
        What is wrong, with the value found.
    remedy
        What to write instead.
    warning
        Whether it may go well in spite of it.

    Examples
    --------
    >>> print(Finding("lr._value", "low 1 is above high 0", "swap them"))
    lr._value: low 1 is above high 0; swap them
    """

    where: str
    problem: str
    remedy: str
    warning: bool = False

    def at(self, where: str) -> Finding:
        """Return the same finding for another key."""
        return replace(self, where=where)

    def __str__(self) -> str:
        kind = "warning: " if self.warning else ""
        return f"{self.where}: {kind}{self.problem}; {self.remedy}"


class SearchSpaceError(ConfigError):
    """A search space, or a configuration of it, is malformed.

    Parameters
    ----------
    findings
        All problems found; the message joins them.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" | ".join(str(f) for f in findings))
        self.findings = tuple(findings)
