"""A finding and the file it is in."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nni_hpo_ext.errors import Finding

__all__ = ["FileFinding", "meant"]


@dataclass(frozen=True, slots=True)
class FileFinding:
    """One problem in a config or in a file that it names.

    Attributes
    ----------
    file
        The file to change.
    finding
        Key, problem and remedy.
    """

    file: Path
    finding: Finding

    @property
    def is_error(self) -> bool:
        """Whether this is an error, not a warning."""
        return not self.finding.warning

    def __str__(self) -> str:
        return f"{self.file}: {self.finding}"


def meant(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return ``did you mean X?`` if a known word is similar, else the other remedy."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {by_lower[close[0]]}?" if close else otherwise
