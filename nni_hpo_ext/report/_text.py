"""Values and lengths of time as short text, the same in every format."""

from __future__ import annotations

import math
from typing import Any

from nni_hpo_ext.experiment._text import duration, number, parameters
from nni_hpo_ext.report._importance import Estimate
from nni_hpo_ext.space import is_number

__all__ = ["clock", "duration", "number", "parameters", "percent", "share", "times", "value"]


def value(x: Any) -> str:
    """Return a value with four significant digits; a dash for NaN or None."""
    if x is None or (isinstance(x, float) and not math.isfinite(x)):
        return "-"
    return f"{x:.4g}" if is_number(x) else number(x)


def percent(x: float) -> str:
    """Return a share in percent."""
    return f"{100 * x:.0f} %"


def share(estimate: Estimate) -> str:
    """Return a share of the variance with its interval."""
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.share:.0f} % ({low:.0f} to {high:.0f})"


def times(n: int, what: str) -> str:
    """Return a number with its noun: ``1 trial``, ``2 trials``."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def clock(seconds: float) -> tuple[float, str]:
    """Return the unit that suits a length of time, in seconds, and its name for an axis."""
    if seconds >= 2 * 3600:
        return 3600.0, "hours"
    return (60.0, "minutes") if seconds >= 120 else (1.0, "seconds")
