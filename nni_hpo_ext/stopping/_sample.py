"""A sorted sample of bounded size."""

from __future__ import annotations

import math
import random
from bisect import bisect_right, insort

__all__ = ["OrderedSample"]


class OrderedSample:
    """A sorted list of numbers; beyond a limit, a uniform random sample of that size.

    Adding a number, a rank and a quantile take O(log n) comparisons, where n is at most the limit.

    Parameters
    ----------
    limit
        Largest number of values kept.
    """

    __slots__ = ("_limit", "_random", "_values", "seen")

    def __init__(self, limit: int = 500) -> None:
        self._limit = limit
        self._values: list[float] = []
        self._random = random.Random(0)
        self.seen = 0

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float) -> None:
        """Add a number; beyond the limit each number is kept with equal probability.

        Vitter, "Random sampling with a reservoir", 1985, algorithm R.
        """
        self.seen += 1
        if len(self._values) == self._limit:
            position = self._random.randrange(self.seen)
            if position >= self._limit:
                return
            del self._values[position]
        insort(self._values, value)

    def above(self, value: float) -> int:
        """Return the number of larger kept numbers."""
        return len(self._values) - bisect_right(self._values, value)

    def lower_quantile(self, q: float) -> float:
        """Return the kept number at a quantile or the next lower one."""
        return self._values[int(q * (len(self._values) - 1))]

    def quantile_with(self, value: float, q: float) -> float:
        """Return a quantile of the kept numbers and ``value``.

        Interpolated linearly, as numpy does by default; minus infinity if that is a neighbour.
        """
        place = bisect_right(self._values, value)
        low = int(q * len(self._values))
        a, b = (self._values[i - (i > place)] if i != place else value for i in (low, low + 1))
        share = q * len(self._values) - low
        return a if a == b or math.isinf(a) else a + (b - a) * share
