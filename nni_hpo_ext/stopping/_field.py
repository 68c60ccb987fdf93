"""Finished trials as arrays, for comparison with a running one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._curve import index_of
from nni_hpo_ext.stopping._reservoir import Reservoir

__all__ = ["Field"]

Floats = NDArray[np.float64]


class Field:
    """A bounded sample of the finished trials, and the Pareto front of the completed ones.

    Up to a limit all trials are kept, then a uniform random sample of that size (`Reservoir`).
    Non-dominated completed trials are kept in addition, since a running trial has to beat them.

    Parameters
    ----------
    objectives
        Number of objectives.
    limit
        Largest number of trials in the sample.

    Attributes
    ----------
    steps : ndarray of shape (kept,)
        Number of steps of each kept trial.
    completed : ndarray of bool, shape (kept,)
        Which of them ran to completion.
    courses : list of Course
        The kept trials.
    """

    def __init__(self, objectives: int, limit: int = 128) -> None:
        self._limit = limit
        self._reservoir = Reservoir(limit)
        self._scores = np.full((objectives, limit, 16), np.nan)
        self._ends = np.zeros((objectives, limit))
        self._leaders: list[Course] = []
        self.courses: list[Course] = []
        self.steps = np.zeros(0, int)
        self.completed = np.zeros(0, bool)

    def add(self, course: Course, completed: bool) -> None:
        """Add a finished trial; ``completed`` if it was not stopped early."""
        if completed:
            self._lead(course)
        place = self._reservoir.place()
        if place is None:
            return
        if place < len(self.courses):
            self.courses[place] = course
            self.steps[place], self.completed[place] = course.steps, completed
        else:
            self.courses.append(course)
            self.steps = np.append(self.steps, course.steps)
            self.completed = np.append(self.completed, completed)
        self._enter(place, course)

    @property
    def seen(self) -> int:
        """Number of trials added."""
        return self._reservoir.seen

    @property
    def leaders(self) -> Sequence[Course]:
        """The non-dominated completed trials."""
        return self._leaders

    def scores(self, objective: int, step: int) -> Floats:
        """Return the score of each trial at a step, NaN if it was not reached; ``(kept,)``."""
        index = index_of(step)
        if index >= self._scores.shape[2]:
            return np.full(len(self.courses), np.nan)
        return self._scores[objective, : len(self.courses), index]

    def ends(self, objective: int) -> Floats:
        """Return the last gain of each kept trial; shape ``(kept,)``."""
        return self._ends[objective, : len(self.courses)]

    def _enter(self, place: int, course: Course) -> None:
        marks = len(course.curves[0].marks)
        while marks > self._scores.shape[2]:
            more = np.full_like(self._scores, np.nan)
            self._scores = np.concatenate([self._scores, more], axis=2)
        self._scores[:, place] = np.nan
        for objective, curve in enumerate(course.curves):
            self._scores[objective, place, :marks] = course.scores(objective)
            self._ends[objective, place] = curve.last

    def _lead(self, course: Course) -> None:
        if any(_dominates(other, course) for other in self._leaders):
            return
        kept = [other for other in self._leaders if not _dominates(course, other)]
        self._leaders = [*kept, course][-self._limit :]


def _dominates(one: Course, other: Course) -> bool:
    """Return whether ``one`` ended no worse in every objective; ties count."""
    return all(a.last >= b.last for a, b in zip(one.curves, other.curves, strict=True))
