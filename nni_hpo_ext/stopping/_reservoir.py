"""Bounded uniform samples of a stream."""

from __future__ import annotations

import random

__all__ = ["Reservoir"]


class Reservoir:
    """Decide which items of a stream to keep: all up to a limit, then a uniform random sample.

    Vitter, "Random sampling with a reservoir", 1985, algorithm R. The choice depends only on the
    number of items, so that it is the same after a resume.

    Parameters
    ----------
    limit
        Largest number of items in the sample.

    Attributes
    ----------
    seen : int
        Number of items so far.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.seen = 0
        self._random = random.Random(0)

    def place(self) -> int | None:
        """Return the position that the next item takes in the sample, None to drop it."""
        self.seen += 1
        if self.seen <= self.limit:
            return self.seen - 1
        place = self._random.randrange(self.seen)
        return place if place < self.limit else None
