"""Estimates as short text."""

from __future__ import annotations

import math

from nni_hpo_ext.simulate._summary import Estimate

__all__ = ["number", "numbers", "share", "time", "times"]


def number(value: float | None) -> str:
    """Return a number with four significant digits."""
    return "none" if value is None else f"{value:.4g}"


def numbers(estimate: Estimate) -> str:
    """Return an estimate with three significant digits and its interval with two."""
    if estimate.interval is None:
        return f"{estimate.value:.3g}"
    low, high = estimate.interval
    return f"{estimate.value:.3g} ({low:.2g} to {high:.2g})"


def share(estimate: Estimate) -> str:
    """Return a share and its interval in percent."""
    text = f"{100 * estimate.value:.0f} %"
    if estimate.interval is None:
        return text
    low, high = estimate.interval
    return f"{text} ({100 * low:.0f} to {100 * high:.0f})"


def time(seconds: float) -> str:
    """Return a time in the unit that suits it; ``never`` if it is infinite."""
    if math.isinf(seconds):
        return "never"
    factor, unit = _unit(seconds)
    return f"{seconds / factor:.3g} {unit}"


def times(estimate: Estimate) -> str:
    """Return a time with its interval, all in one unit; ``>=`` marks a lower bound."""
    sign = ">= " if estimate.at_least else ""
    if estimate.interval is None or math.isinf(estimate.value):
        return sign + time(estimate.value)
    factor, unit = _unit(estimate.value)
    low, high = (_scaled(bound, factor) for bound in estimate.interval)
    return f"{sign}{estimate.value / factor:.3g} {unit} ({low} to {high})"


def _scaled(seconds: float, factor: float) -> str:
    return "never" if math.isinf(seconds) else f"{seconds / factor:.3g}"


def _unit(seconds: float) -> tuple[float, str]:
    if seconds >= 3600:
        return 3600.0, "h"
    return (60.0, "min") if seconds >= 60 else (1.0, "s")
