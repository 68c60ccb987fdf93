"""Format numbers, times and configurations as short text, for all output formats."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from nni_hpo_ext.render.statistics import Estimate
from nni_hpo_ext.space import is_number

__all__ = [
    "clock",
    "compact_time",
    "count",
    "duration",
    "estimate",
    "last_line",
    "number",
    "parameters",
    "percent",
    "printable",
    "share",
    "time_estimate",
    "value",
]

# C0 and C1 control characters, but for tabs and line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_LARGE = 1e9  # whole numbers from here on are rounded too


def number(value: Any) -> str:
    """Return a value as text: a float with four significant digits, a count in full.

    Examples
    --------
    >>> number(0.123456), number(250970.0), number("adam"), number({"_name": "conv", "kernel": 3})
    ('0.1235', '250970', 'adam', 'conv(kernel=3)')
    """
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < _LARGE else f"{value:.4g}"
    if isinstance(value, Mapping) and "_name" in value:  # a nested choice
        inner = {k: v for k, v in value.items() if k != "_name"}
        return f"{value['_name']}({parameters(inner)})" if inner else str(value["_name"])
    return value if isinstance(value, str) else json.dumps(value)


def value(x: Any) -> str:
    """Return a value with four significant digits; a dash for NaN, infinity or None.

    Examples
    --------
    >>> value(2), value(0.123456), value(None)
    ('2', '0.1235', '-')
    """
    if x is None or (isinstance(x, float) and not math.isfinite(x)):
        return "-"
    return number(float(x)) if is_number(x) else number(x)


def parameters(params: Mapping[str, Any], names: Iterable[str] | None = None) -> str:
    """Return a configuration, or the named part of it, on one line.

    Examples
    --------
    >>> parameters({"lr": 0.01, "optimizer": "sgd"})
    'lr=0.01 optimizer=sgd'
    >>> parameters({"block": {"_name": "residual", "width": 16}})
    'block=residual(width=16)'
    """
    kept = params if names is None else {n: params[n] for n in names if n in params}
    return " ".join(f"{name}={_setting(value)}" for name, value in kept.items())


def _setting(value: Any) -> str:
    if not isinstance(value, Mapping) or "_name" not in value:
        return number(value)
    inner = parameters({name: v for name, v in value.items() if name != "_name"})
    return f"{value['_name']}({inner})" if inner else str(value["_name"])


def count(n: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "trial"), count(2, "trial")
    ('1 trial', '2 trials')
    """
    return f"{n} {noun}{'' if n == 1 else 's'}"


def last_line(text: str) -> str:
    """Return the last line of a text, such as the message of a traceback."""
    return (text.strip().splitlines() or [""])[-1]


def printable(text: str) -> str:
    r"""Return text without what a terminal obeys: control characters are shown as escapes.

    Texts of trials and files may hold sequences that move the cursor, or set the window's title.

    Examples
    --------
    >>> print(printable("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def percent(fraction: float) -> str:
    """Return a fraction in percent."""
    return f"{100 * fraction:.0f} %"


def duration(seconds: float) -> str:
    """Return a length of time.

    Examples
    --------
    >>> duration(12), duration(200), duration(7500)
    ('12 s', '3 min 20 s', '2 h 5 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def compact_time(seconds: float) -> str:
    """Return a length of time as one number; ``never`` if it is infinite.

    Examples
    --------
    >>> compact_time(18_360), compact_time(float("inf"))
    ('5.1 h', 'never')
    """
    if math.isinf(seconds):
        return "never"
    factor, unit = _unit(seconds)
    return f"{seconds / factor:.3g} {unit}"


def clock(seconds: float) -> tuple[float, str]:
    """Return a suitable unit for a length of time, in seconds, and its name for an axis."""
    if seconds >= 2 * 3600:
        return 3600.0, "hours"
    return (60.0, "minutes") if seconds >= 120 else (1.0, "seconds")


def estimate(found: Estimate) -> str:
    """Return an estimate with three significant digits and its interval with two.

    Examples
    --------
    >>> estimate(Estimate(0.12345, (0.1, 0.15)))
    '0.123 (0.1 to 0.15)'
    """
    if found.interval is None:
        return f"{found.value:.3g}"
    low, high = found.interval
    return f"{found.value:.3g} ({low:.2g} to {high:.2g})"


def share(found: Estimate) -> str:
    """Return a share and its interval in percent."""
    if found.interval is None:
        return percent(found.value)
    low, high = found.interval
    return f"{percent(found.value)} ({100 * low:.0f} to {100 * high:.0f})"


def time_estimate(found: Estimate) -> str:
    """Return a time with its interval in one unit; ``>=`` marks a lower bound.

    Examples
    --------
    >>> time_estimate(Estimate(7200.0, (3600.0, 9000.0)))
    '2 h (1 to 2.5)'
    """
    sign = ">= " if found.at_least else ""
    if found.interval is None or math.isinf(found.value):
        return sign + compact_time(found.value)
    factor, unit = _unit(found.value)
    low, high = (_scaled(bound, factor) for bound in found.interval)
    return f"{sign}{found.value / factor:.3g} {unit} ({low} to {high})"


def _scaled(seconds: float, factor: float) -> str:
    return "never" if math.isinf(seconds) else f"{seconds / factor:.3g}"


def _unit(seconds: float) -> tuple[float, str]:
    if seconds >= 3600:
        return 3600.0, "h"
    return (60.0, "min") if seconds >= 60 else (1.0, "s")
