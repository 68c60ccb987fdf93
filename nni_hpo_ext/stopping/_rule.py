"""What every early-stopping rule answers to."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._curve import Curve, stride_at
from nni_hpo_ext.types import Direction, Objective

__all__ = ["CourseRule", "Decision", "Schedule", "StoppingRule", "is_worse"]


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


class StoppingRule(Protocol):
    """A rule over learning curves: no NNI, no threads, no files, and no state of running trials."""

    direction: Direction

    def assess(self, curve: Curve, peers: Collection[Curve] = ()) -> Decision:
        """Decide on a running trial after its last value; changes nothing.

        Parameters
        ----------
        curve
            What the trial has reported.
        peers
            The curves of the other trials that have not ended.
        """

    def learn(self, curve: Curve, completed: bool) -> None:
        """Take in the curve of a trial that completed, or that the rule itself stopped."""


class CourseRule(Protocol):
    """A `StoppingRule` over trials of one objective or several."""

    objectives: tuple[Objective, ...]

    def assess(self, course: Course, peers: Collection[Course] = ()) -> Decision:
        """Decide on a running trial after its last report; changes nothing."""

    def learn(self, course: Course, completed: bool) -> None:
        """Take in a trial that completed, or that the rule itself stopped."""


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
