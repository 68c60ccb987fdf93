"""What a form holds: a list of texts per field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from nni_hpo_ext.errors import ConfigError

__all__ = ["form_of", "number_given", "one"]


async def form_of(request: Request) -> dict[str, list[Any]]:
    """Return the fields of the form in a request."""
    async with request.form() as form:
        return {key: form.getlist(key) for key in form}


def one(given: Mapping[str, Any], key: str) -> str:
    """Return the text of a field, stripped; empty if there is none."""
    values = given.get(key) or [""]
    return str(values[0]).strip()


def number_given(
    given: Mapping[str, Any], key: str, default: float, low: float, high: float
) -> float:
    """Return the number in a field, the default if it is empty.

    Raises
    ------
    ConfigError
        If it is not a number, or not from `low` to `high`.
    """
    text = one(given, key)
    if not text:
        return default
    try:
        found = float(text)
    except ValueError:
        raise ConfigError(f"{key} must be a number, got {text!r}") from None
    if not low <= found <= high:
        raise ConfigError(f"{key} must be from {low:g} to {high:g}, got {text}")
    return found
