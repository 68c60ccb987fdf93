"""Ranges around a default, as entries of an NNI search space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = [
    "Entry",
    "batch_sizes",
    "choice",
    "count",
    "factor",
    "near_one",
    "penalty",
    "share",
    "width",
]

Entry = dict[str, Any]

_SMALL_COUNT = 10
_PENALTIES = (0, 1e-5, 1e-4, 1e-3, 1e-2)


def _entry(kind: str, value: Sequence[Any]) -> Entry:
    return {"_type": kind, "_value": list(value)}


def choice(values: Sequence[Any]) -> Entry:
    """Return a choice.

    Examples
    --------
    >>> choice(["sgd", "adam"])
    {'_type': 'choice', '_value': ['sgd', 'adam']}
    """
    return _entry("choice", list(dict.fromkeys(values)))


def factor(default: float, times: float) -> Entry | str:
    """Return a range on a log scale from ``default / times`` to ``default * times``.

    Examples
    --------
    >>> factor(0.001, 10)
    {'_type': 'loguniform', '_value': [0.0001, 0.01]}
    """
    if default <= 0:
        return f"its default {default:g} gives no scale"
    return _entry("loguniform", [_rounded(default / times), _rounded(default * times)])


def penalty(default: float) -> Entry | str:
    """Return a log scale around a penalty, or powers of ten if it is off by default.

    Examples
    --------
    >>> penalty(0)
    {'_type': 'choice', '_value': [0, 1e-05, 0.0001, 0.001, 0.01]}
    """
    return choice(_PENALTIES) if default == 0 else factor(default, 30)


def near_one(default: float) -> Entry | str:
    """Return a range in which the distance to 1 varies by a factor of nine, or from 0 to 0.95.

    Examples
    --------
    >>> near_one(0.9)
    {'_type': 'uniform', '_value': [0.7, 0.9667]}
    """
    if not 0 <= default < 1:
        return f"its default {default:g} is not a share between 0 and 1"
    low, high = 1 - 3 * (1 - default), 1 - (1 - default) / 3
    if default < 0.5:
        low, high = 0.0, 0.95
    return _entry("uniform", [max(_rounded(low), 0.0), _rounded(high)])


def share(default: float, most: float) -> Entry | str:
    """Return a range from 0 to twice the default, at least half of ``most`` and at most ``most``.

    Examples
    --------
    >>> share(0.1, 0.8)
    {'_type': 'uniform', '_value': [0.0, 0.4]}
    """
    if not 0 <= default <= 1:
        return f"its default {default:g} is not a share between 0 and 1"
    return _entry("uniform", [0.0, _rounded(max(min(2 * default, most), most / 2, default))])


def batch_sizes(default: float) -> Entry | str:
    """Return a quarter, a half, once and twice the default.

    Examples
    --------
    >>> batch_sizes(64)
    {'_type': 'choice', '_value': [16, 32, 64, 128]}
    """
    if default < 1 or default != int(default):
        return f"its default {default:g} is not a size"
    size = int(default)
    return choice([n for n in (size // 4, size // 2, size, size * 2) if n >= 1])


def width(default: float) -> Entry | str:
    """Return halves and doubles of a size: what must divide it usually still does.

    Examples
    --------
    >>> width(768)
    {'_type': 'choice', '_value': [384, 768, 1536]}
    """
    if default < 1 or default != int(default):
        return f"its default {default:g} is not a size"
    if default < 4:
        return count(default)
    half = int(default) // 2 if default % 2 == 0 else int(default)
    return choice([half, int(default), int(default) * 2])


def count(default: float) -> Entry | str:
    """Return a range of integers around a count, on a log scale if it is large.

    Examples
    --------
    >>> count(3), count(100)
    ({'_type': 'randint', '_value': [1, 7]}, {'_type': 'qloguniform', '_value': [20, 400, 10]})
    """
    if default < 1:
        return f"its default {default:g} usually means off"
    number = int(default)
    if number <= _SMALL_COUNT:
        return _entry("randint", [max(number // 2, 1), 2 * number + 1])
    step = 10 ** max(int(math.log10(number)) - 1, 0)
    return _entry("qloguniform", [max(round(number / 4 / step), 1) * step, 4 * number, step])


def _rounded(value: float) -> float:
    """Return a number with four significant digits."""
    return float(f"{value:.4g}")
