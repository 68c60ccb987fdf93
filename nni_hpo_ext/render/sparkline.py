"""Draw a curve with block characters, for terminals."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["sparkline"]

_BARS = "▁▂▃▄▅▆▇█"


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
