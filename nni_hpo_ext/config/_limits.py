"""Limit the nesting of configs and search spaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.errors import Finding

__all__ = ["DEPTH", "is_too_deep", "too_deep"]

DEPTH = 64
"""Maximum nesting. Python's recursion fails at a few hundred levels."""


def too_deep(where: str = "file") -> Finding:
    """Return the finding for a file with more than `DEPTH` levels."""
    return Finding(where, f"nested deeper than {DEPTH} levels", "correct the brackets")


def is_too_deep(value: Any) -> bool:
    """Whether a tree of plain values has more than `DEPTH` levels, without recursion."""
    level = [value]
    for _ in range(DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else []
