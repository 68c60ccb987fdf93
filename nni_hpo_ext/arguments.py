"""Checks of single values, shared by class arguments and command-line options."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeGuard

from nni_hpo_ext.errors import ConfigError

__all__ = ["flag", "fraction", "is_number", "number", "one_of", "text", "whole_number"]


def whole_number(name: str, value: object, minimum: int) -> int:
    """Return ``value`` if it is an integer >= ``minimum``, else raise ConfigError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ConfigError(f"{name} must be an integer >= {minimum}, got {value!r}")
    return value


def number(name: str, value: object, minimum: float) -> float:
    """Return ``value`` if it is a finite number >= ``minimum``, else raise ConfigError."""
    if not is_number(value) or value < minimum:
        raise ConfigError(f"{name} must be a number >= {minimum:g}, got {value!r}")
    return float(value)


def fraction(name: str, value: object) -> float:
    """Return ``value`` if it is a number from 0 to 1, else raise ConfigError."""
    if not is_number(value) or not 0 <= value <= 1:
        raise ConfigError(f"{name} must be a number from 0 to 1, got {value!r}")
    return float(value)


def flag(name: str, value: object) -> bool:
    """Return ``value`` if it is true or false, else raise ConfigError."""
    if not isinstance(value, bool):
        raise ConfigError(f"{name} must be true or false, got {value!r}")
    return value


def text(name: str, value: object) -> str:
    """Return ``value`` if it is a non-empty string, else raise ConfigError."""
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{name} must be a non-empty string, got {value!r}")
    return value


def one_of(name: str, value: object, allowed: Sequence[str]) -> str:
    """Return ``value`` if it is one of ``allowed``, else raise ConfigError."""
    if not isinstance(value, str) or value not in allowed:
        listed = ", ".join(repr(a) for a in allowed)
        raise ConfigError(f"{name} must be one of {listed}, got {value!r}")
    return value


def is_number(value: object) -> TypeGuard[float]:
    """Return whether ``value`` is a finite int or float; booleans do not count.

    Examples
    --------
    >>> is_number(1e-3), is_number(True), is_number(float("nan"))
    (True, False, False)
    """
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
