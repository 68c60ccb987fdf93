"""What every early-stopping rule answers to."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from nni_hpo_ext.stopping._curve import Curve, stride_at
from nni_hpo_ext.types import Direction

__all__ = ["CurveRule", "Decision", "Record", "Schedule", "StoppingRule", "is_worse"]


def is_worse(gain: float, bound: float) -> bool:
    """Return whether a gain is below a bound by more than the rounding of a mean."""
    return gain < bound and not math.isclose(gain, bound, rel_tol=1e-9)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to stop a trial, and on what grounds.

    Attributes
    ----------
    stop
        The verdict.
    value
        What the trial had reached, as reported; NaN if it has no usable value.
    threshold
        What it was compared with, in the same units; NaN if there was nothing to compare with.
    reason
        One line for the log, empty if the trial goes on.
    """

    stop: bool
    value: float = math.nan
    threshold: float = math.nan
    reason: str = ""


class Record(Protocol):
    """What a trial has reported, as a rule keeps it: a `Curve`, or a `Course` of several."""

    @property
    def steps(self) -> int:
        """Number of reports so far."""

    def add(self, report: Any, /) -> None:
        """Append a report."""

    def state_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""


R = TypeVar("R", bound=Record)


class StoppingRule(Protocol[R]):
    """A rule over learning curves: no NNI, no threads, no files, and no state of running trials."""

    def begin(self) -> R:
        """Return the record of a trial that has not reported."""

    def recall(self, state: Mapping[str, Any]) -> R:
        """Restore a record from its ``state_dict()``.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is something else.
        """

    def assess(self, curve: R, peers: Collection[R] = (), /) -> Decision:
        """Decide on a running trial after its last report; changes nothing.

        Parameters
        ----------
        curve
            What the trial has reported.
        peers
            The records of the other trials that have not ended.
        """

    def learn(self, curve: R, completed: bool) -> None:
        """Take in the record of a trial that completed, or that the rule itself stopped."""


class CurveRule:
    """The part of a `StoppingRule` that those over a single curve share.

    Parameters
    ----------
    direction
        Whether large or small values are good.
    """

    def __init__(self, direction: Direction) -> None:
        self.direction = direction

    def begin(self) -> Curve:
        """Return the record of a trial that has not reported."""
        return Curve(self.direction)

    def recall(self, state: Mapping[str, Any]) -> Curve:
        """Restore a record; see `Curve.from_state`."""
        return Curve.from_state(self.direction, state)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The steps at which a trial is judged, counted from 1.

    Attributes
    ----------
    start
        The first of them.
    interval
        Steps from one to the next. Where a curve has its checkpoints further apart (from step
        128 on), the next checkpoint is taken.
    """

    start: int = 1
    interval: int = 1

    def is_due(self, curve: Curve) -> bool:
        """Return whether the trial is to be judged after its last value."""
        if not curve.at_checkpoint or curve.steps < self.start:
            return False
        previous = curve.steps - stride_at(curve.steps) - self.start
        return (curve.steps - self.start) // self.interval > max(previous // self.interval, -1)
