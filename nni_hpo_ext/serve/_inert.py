"""Refuse definitions that would import code, or read or write files, of a client's choice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nni_hpo_ext.errors import ConfigError

__all__ = ["require_inert"]

# A dotted name would be imported, a path would be read or written.
_NAMES_CODE_OR_FILE = re.compile(r"[./\\:~]")


def require_inert(definition: Mapping[str, Any]) -> None:
    """Refuse class arguments that name a class, a file or a source of results.

    Raises
    ------
    ConfigError
        If one does.
    """
    for kind in ("tuner", "assessor"):
        _require_inert(kind, (definition.get(kind) or {}).get("classArgs") or {})


def _require_inert(kind: str, arguments: Mapping[str, Any]) -> None:
    if isinstance(arguments.get("start_from"), str):
        raise ConfigError(
            f"{kind}.classArgs.start_from must list configurations, got the source "
            f"{arguments['start_from']!r:.80}"
        )
    for where, text in _texts(arguments, f"{kind}.classArgs"):
        if _NAMES_CODE_OR_FILE.search(text) or where.endswith(".class"):
            raise ConfigError(f"{where} must not name a class or a file, got {text!r:.80}")


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield the texts in class arguments, with their keys."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, f"{where}.{key}")
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _texts(part, f"{where}[{i}]")
