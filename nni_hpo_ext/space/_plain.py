"""Values that NNI can hand to a trial: those that JSON has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nni_hpo_ext.errors import Finding

__all__ = ["impossible"]


def impossible(value: Any, path: tuple[str, ...] = ()) -> Finding | None:
    """Return the first part of a value that JSON does not have, None if there is none.

    Parameters
    ----------
    value
        Nested dicts and lists.
    path
        Where it is, for the finding.

    Examples
    --------
    >>> print(impossible({"lr": [0.1, float("nan")]}))
    lr: holds nan, which JSON does not have; remove it, or let a text or null stand for it
    >>> impossible({"lr": [0.1, None]}) is None
    True
    """
    return next(_impossible(value, path), None)


def _impossible(value: Any, path: tuple[str, ...]) -> Iterator[Finding]:
    where = ".".join(path)
    if isinstance(value, float) and not math.isfinite(value):
        remedy = "remove it, or let a text or null stand for it"
        yield Finding(where, f"holds {value}, which JSON does not have", remedy)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str):
                yield Finding(where, f"the key {key!r} is not text", "put it in quotes")
            yield from _impossible(part, (*path, str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for part in value:
            yield from _impossible(part, path)
    elif not (value is None or isinstance(value, (bool, int, float, str))):
        said = f"{value!r:.60} is {type(value).__name__}, which JSON does not have"
        yield Finding(where, said, "put it in quotes")
