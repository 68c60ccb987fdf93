"""Learning curves, summarised at checkpoints in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.types import Direction

__all__ = ["Curve", "Mark", "index_of", "step_of", "stride_at"]

# Every step up to 127 is a checkpoint; after that there are 64 per doubling.
_FINE_BITS = 7
# Clip values here: sums would overflow, and comparisons lose nothing.
_HUGE = 1e100


def stride_at(step: int) -> int:
    """Return the distance between two checkpoints around a step, counted from 1."""
    return 1 << max(0, step.bit_length() - _FINE_BITS)


def index_of(step: int) -> int:
    """Return the index of the last checkpoint at or before ``step``."""
    shift = max(0, step.bit_length() - _FINE_BITS)
    return (step >> shift) + (1 << (_FINE_BITS - 1)) * shift - 1


def step_of(index: int) -> int:
    """Return the step of a checkpoint by its index from 0; the inverse of `index_of`."""
    half = 1 << (_FINE_BITS - 1)
    shift = max(0, (index + 1) // half - 1)
    return (index + 1 - half * shift) << shift


@dataclass(frozen=True, slots=True)
class Mark:
    """The state of a curve at a checkpoint; values are gains, larger is better.

    Attributes
    ----------
    best
        Largest value so far, minus infinity if none was finite.
    total, count
        Sum and number of the finite values so far.
    """

    best: float
    total: float
    count: int

    @property
    def mean(self) -> float:
        """Mean of the finite values so far, minus infinity if there is none."""
        return self.total / self.count if self.count else -math.inf


class Curve:
    """The values that a trial has reported, in bounded memory.

    Values are turned into gains (larger is better). A non-finite value counts as the worst
    possible: it never becomes the best and is left out of the running mean, which one infinity
    would spoil. Only the state at the checkpoints is kept: every step up to 127, then 64 per
    doubling, so that a million steps take about a thousand marks.

    Parameters
    ----------
    direction
        Whether larger or smaller values are better.
    values
        The first values; shape ``(steps,)``.

    Examples
    --------
    >>> loss = Curve("minimize", [0.9, 0.4, float("nan"), 0.6])
    >>> loss.steps, loss.best  # a gain: larger is better
    (4, -0.4)
    >>> loss.shown(loss.best)
    0.4
    >>> loss.at(2)
    Mark(best=-0.4, total=-1.3, count=2)
    """

    __slots__ = ("_count", "_total", "best", "last", "marks", "sign", "steps")

    def __init__(self, direction: Direction, values: Sequence[float] = ()) -> None:
        self.sign = -1.0 if direction == "minimize" else 1.0
        self.steps = 0
        self.last = -math.inf
        self.best = -math.inf
        self._total, self._count = 0.0, 0
        self.marks: list[Mark] = []
        for value in values:
            self.add(value)

    def add(self, value: float) -> None:
        """Append a value as it was reported."""
        self.steps += 1
        self.last = -math.inf
        if math.isfinite(value):
            self.last = self.sign * max(-_HUGE, min(_HUGE, value))
            self.best = max(self.best, self.last)
            self._total, self._count = self._total + self.last, self._count + 1
        if self.at_checkpoint:
            self.marks.append(self.now)

    @property
    def now(self) -> Mark:
        """The state after the last value."""
        return Mark(self.best, self._total, self._count)

    @property
    def at_checkpoint(self) -> bool:
        """Whether the last value fell on a checkpoint; False for an empty curve."""
        return self.steps > 0 and self.steps % stride_at(self.steps) == 0

    def at(self, step: int) -> Mark:
        """Return the state at the last checkpoint at or before ``step``, counted from 1."""
        return self.marks[min(index_of(step), len(self.marks) - 1)]

    def shown(self, gain: float) -> float:
        """Convert a gain to the units in which the trial reported it."""
        return self.sign * gain

    def state_dict(self) -> dict[str, Any]:
        """Return the curve as plain JSON values; minus infinity becomes null."""
        marks = [[_plain(m.best), m.total, m.count] for m in self.marks]
        return {"steps": self.steps, "last": _plain(self.last), "marks": marks}

    @classmethod
    def from_state(cls, direction: Direction, state: Mapping[str, Any]) -> Curve:
        """Restore what `state_dict` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the state is malformed.
        """
        curve = cls(direction)
        curve.marks = [Mark(_gain(b), float(t), int(n)) for b, t, n in state["marks"]]
        curve.steps, curve.last = int(state["steps"]), _gain(state["last"])
        if curve.steps < 1 or len(curve.marks) != index_of(curve.steps) + 1:
            raise ValueError(f"{len(curve.marks)} checkpoints for {curve.steps} steps")
        end = curve.marks[-1]
        curve.best, curve._total, curve._count = end.best, end.total, end.count
        return curve


def _plain(gain: float) -> float | None:
    return gain if math.isfinite(gain) else None


def _gain(plain: Any) -> float:
    return -math.inf if plain is None else float(plain)
