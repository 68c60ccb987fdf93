"""Largest leads that completed trials made up."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nni_hpo_ext.stopping._curve import Curve, index_of

__all__ = ["Overtaking"]

_LIMIT = 64


class Overtaking:
    """The largest lead among completed trials that was made up, by checkpoint.

    The better of two completed trials may have been behind at some checkpoint; this lead was
    made up later. A trial is never ahead by more than its final value: a peak that it lost again,
    such as an outlier, is ignored. The best and the latest trials are kept, `_LIMIT` in total, so
    that time and memory are bounded.
    """

    def __init__(self) -> None:
        self._curves: list[Curve] = []
        self._leads: list[float] = []
        self._leader: Curve | None = None

    def add(self, curve: Curve) -> None:
        """Add a completed curve."""
        self._curves.append(curve)
        if len(self._curves) > _LIMIT:
            half = sorted(self._curves[: -_LIMIT // 2], key=_end)
            self._curves.remove(half[0])
        ordered = sorted(self._curves, key=_end)
        self._leader = ordered[-1]
        self._leads = _largest_leads(ordered)

    @property
    def target(self) -> float:
        """Last gain of the best completed trial, minus infinity if there is none."""
        return _end(self._leader) if self._leader else -math.inf

    def lead(self, curve: Curve) -> float:
        """Return how far the best completed trial was ahead at the same step."""
        return _ahead(self._leader, curve.steps) - curve.best if self._leader else 0.0

    def largest(self, step: int) -> float:
        """Return the largest lead at a step that was made up later."""
        return self._leads[min(index_of(step), len(self._leads) - 1)]


def _end(curve: Curve) -> float:
    return curve.last


def _ahead(curve: Curve, step: int) -> float:
    return min(curve.at(step).best, curve.last)


def _largest_leads(ordered: Sequence[Curve]) -> list[float]:
    """Compute the leads from curves ordered by their ends, worst first."""
    length = max(len(c.marks) for c in ordered)
    leads = [0.0] * length
    ahead = [-math.inf] * length  # largest gain of the trials that ended worse
    for curve in ordered:
        for i, gain in enumerate(_gains(curve, length)):
            if math.isfinite(gain):
                leads[i] = max(leads[i], ahead[i] - gain)
            ahead[i] = max(ahead[i], min(gain, curve.last))
    for i in range(length - 2, -1, -1):  # what was made up later could be made up here
        leads[i] = max(leads[i], leads[i + 1])
    return leads


def _gains(curve: Curve, length: int) -> list[float]:
    """Return the best gain at each checkpoint, padded with the last one."""
    gains = [m.best for m in curve.marks]
    return gains + [curve.best] * (length - len(gains))
