"""Checks of class arguments, shared by tuners and assessors."""

from __future__ import annotations

from collections.abc import Sequence

from nni_hpo_ext.errors import ConfigError

__all__ = ["one_of", "whole_number"]


def whole_number(name: str, value: object, minimum: int) -> int:
    """Return ``value`` if it is an integer of at least ``minimum``, else raise ConfigError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ConfigError(f"{name} {value!r} is not allowed: give an integer of at least {minimum}")
    return value


def one_of(name: str, value: object, allowed: Sequence[str]) -> str:
    """Return ``value`` if it is one of ``allowed``, else raise ConfigError."""
    if not isinstance(value, str) or value not in allowed:
        listed = ", ".join(repr(a) for a in allowed)
        raise ConfigError(f"{name} {value!r} is not allowed: give one of {listed}")
    return value
