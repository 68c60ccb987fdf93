"""A bounded sample of numbers in order."""

from __future__ import annotations

import math
import random
from bisect import bisect_right, insort

__all__ = ["OrderedSample"]


class OrderedSample:
    """Numbers kept sorted: all of them up to a limit, then a uniform random sample of that size.

    Adding one and asking for a rank or a quantile take O(log n) comparisons, n at most the limit.

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
        """Take a number in; beyond the limit each one seen is kept with equal probability.

        This is Vitter's reservoir ("Random sampling with a reservoir", 1985, algorithm R).
        """
        self.seen += 1
        if len(self._values) == self._limit:
            position = self._random.randrange(self.seen)
            if position >= self._limit:
                return
            del self._values[position]
        insort(self._values, value)

    def above(self, value: float) -> int:
        """Return how many of the kept numbers are larger."""
        return len(self._values) - bisect_right(self._values, value)

    def lower_quantile(self, q: float) -> float:
        """Return the kept number at or next below a quantile."""
        return self._values[int(q * (len(self._values) - 1))]

    def quantile_with(self, value: float, q: float) -> float:
        """Return a quantile of the kept numbers and one more.

        It is interpolated linearly, as numpy does by default; next to minus infinity it is that.
        """
        place = bisect_right(self._values, value)
        low = int(q * len(self._values))
        a, b = (self._values[i - (i > place)] if i != place else value for i in (low, low + 1))
        share = q * len(self._values) - low
        return a if a == b or math.isinf(a) else a + (b - a) * share
