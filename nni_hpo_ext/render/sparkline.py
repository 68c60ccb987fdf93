"""A curve drawn with characters, for terminals."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["sparkline"]

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Draw values as bars, one character each, from the lowest at ``low`` to the highest.

    Parameters
    ----------
    values
        Shape ``(n,)``; NaN is left blank.
    low, high
        The scale; what is beyond gets the lowest or the highest bar.
    """
    span = high - low if high > low else 1.0
    return "".join(
        " " if math.isnan(value) else _BARS[_level((value - low) / span)] for value in values
    )


def _level(share: float) -> int:
    return max(0, min(len(_BARS) - 1, int(share * len(_BARS))))
