"""Draw a curve with block characters, for terminals."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["scale_from", "sparkline"]

_BARS = "▁▂▃▄▅▆▇█"
# A first value so many times farther away than all others are apart would flatten these.
_FLATTENS = 5


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Draw values as bars, one character each.

    Parameters
    ----------
    values
        Values, shape ``(n,)``; NaN is left blank.
    low, high
        Values of the lowest and the highest bar; values outside are clipped.

    Examples
    --------
    >>> sparkline([0.0, 0.5, float("nan"), 1.0], 0.0, 1.0)
    '▁▅ █'
    """
    span = high - low if high > low else 1.0
    return "".join(
        " " if math.isnan(value) else _BARS[_level((value - low) / span)] for value in values
    )


def _level(share: float) -> int:
    return max(0, min(len(_BARS) - 1, int(share * len(_BARS))))


def scale_from(steps: Sequence[float]) -> float:
    """Return the value at which the scale of improving values begins, without a bad start.

    Parameters
    ----------
    steps
        Finite values, each at least as good as those before, shape ``(n,)``, ``n > 0``.

    Examples
    --------
    >>> scale_from([-900.0, 0.7, 0.8, 0.9]), scale_from([0.5, 0.8, 0.9])
    (0.7, 0.5)
    """
    distinct = list(dict.fromkeys(steps))
    while len(distinct) > 2:
        gap, rest = abs(distinct[0] - distinct[1]), abs(distinct[1] - distinct[-1])
        if gap <= _FLATTENS * rest:
            break
        distinct.pop(0)
    return distinct[0]
