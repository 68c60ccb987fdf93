"""What a trial reported, read as objective values or refused with a reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nni_hpo_ext.experiment._records import Report
from nni_hpo_ext.space import is_number

__all__ = ["DEFAULT", "Final", "read_final", "read_report", "read_step"]

DEFAULT = "default"  # the objective that NNI's WebUI ranks by
_MAXIMIZE = "maximize"
_PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Final:
    """A final result.

    Attributes
    ----------
    values
        Every finite number in it, by name.
    unusable
        What else it held, by name, as text.
    partial
        Whether the trial says that it was stopped and reports what it had.
    maximize
        Names under the key ``maximize`` (the older form), None without it.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    maximize: tuple[str, ...] | None = None


def read_final(value: Any) -> Final:
    """Read a final result as it was reported: a number, or a dict of numbers."""
    named = value if isinstance(value, Mapping) else {DEFAULT: value}
    named = {str(k): v for k, v in named.items() if k not in (_MAXIMIZE, _PARTIAL)}
    return Final(
        {k: float(v) for k, v in named.items() if is_number(v)},
        {k: _short(v) for k, v in named.items() if not is_number(v)},
        isinstance(value, Mapping) and bool(value.get(_PARTIAL)),
        _names(value.get(_MAXIMIZE)) if isinstance(value, Mapping) else None,
    )


def _names(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple)):
        return tuple(str(name) for name in value)
    return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def read_report(step: int, time: float, value: Any) -> Report:
    """Read an intermediate result."""
    named = value if isinstance(value, Mapping) else {DEFAULT: value}
    numbers = {
        str(k): float(v)
        for k, v in named.items()
        if k not in (_MAXIMIZE, _PARTIAL) and is_number(v)
    }
    return Report(step, time, read_step(value), numbers)


def read_step(value: Any) -> float:
    """Return the number in an intermediate result: itself, its ``default``, or its first one."""
    if isinstance(value, Mapping):
        numbers = [v for k, v in value.items() if is_number(v) and k not in (_MAXIMIZE, _PARTIAL)]
        value = value.get(DEFAULT, numbers[0] if numbers else None)
    return float(value) if is_number(value) else math.nan
