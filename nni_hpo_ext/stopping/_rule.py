"""Interface of the early-stopping rules."""

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
    """Whether to stop a trial, and why.

    Attributes
    ----------
    stop
        Whether to stop the trial.
    value
        Best or last value of the trial, as reported; NaN if it is not known.
    threshold
        What it was compared with, in the same units; NaN if there is nothing to compare with.
    reason
        One line for the log, empty if the trial continues.
    """

    stop: bool
    value: float = math.nan
    threshold: float = math.nan
    reason: str = ""


class StoppingRule(Protocol):
    """A rule over learning curves, without state of the running trials."""

    direction: Direction

    def assess(self, curve: Curve, peers: Collection[Curve] = ()) -> Decision:
        """Decide on a running trial after its last value, without side effects.

        Parameters
        ----------
        curve
            The values that the trial has reported.
        peers
            The curves of the other running trials.
        """

    def learn(self, curve: Curve, completed: bool) -> None:
        """Update the rule with a trial that completed or that the rule stopped."""


class CourseRule(Protocol):
    """A `StoppingRule` over trials with one or more objectives."""

    objectives: tuple[Objective, ...]

    def assess(self, course: Course, peers: Collection[Course] = ()) -> Decision:
        """Decide on a running trial after its last report, without side effects."""

    def learn(self, course: Course, completed: bool) -> None:
        """Update the rule with a trial that completed or that the rule stopped."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The steps at which a trial is assessed, counted from 1.

    Attributes
    ----------
    start
        The first step.
    interval
        Number of steps between two assessments. Where the checkpoints of a curve are further apart
        (from step 128 on), the next checkpoint is used.
    """

    start: int = 1
    interval: int = 1

    def is_due(self, curve: Curve) -> bool:
        """Return whether to assess the trial after its last value."""
        if not curve.at_checkpoint or curve.steps < self.start:
            return False
        previous = curve.steps - stride_at(curve.steps) - self.start
        return (curve.steps - self.start) // self.interval > max(previous // self.interval, -1)
