"""What no config or search space needs, and what would keep a program busy or break it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.errors import Finding

__all__ = ["DEPTH", "is_too_deep", "too_deep"]

DEPTH = 64
"""Most levels of nesting. Python gives up at some hundreds, in the middle of things."""


def too_deep(where: str = "file") -> Finding:
    """Return the finding for a file with more levels than that."""
    return Finding(where, f"nested deeper than {DEPTH} levels", "correct the brackets")


def is_too_deep(value: Any) -> bool:
    """Whether a tree of plain values has more levels; found without recursion."""
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
