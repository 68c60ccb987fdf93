"""The trials that have ended, as columns of numbers to compare a running one with."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._curve import index_of

__all__ = ["Field"]

Floats = NDArray[np.float64]


class Field:
    """A bounded sample of the trials that ended, and the leaders among those that completed.

    Up to a limit all trials are kept, then a uniform random sample of that size (Vitter's
    reservoir, "Random sampling with a reservoir", 1985, algorithm R). A completed trial that no
    other dominates is kept beside it, since it is what a running one has to beat.

    Parameters
    ----------
    objectives
        Number of objectives.
    limit
        Largest number of trials in the sample.

    Attributes
    ----------
    seen : int
        Number of trials taken in.
    steps : ndarray of shape (kept,)
        How far each kept trial got.
    completed : ndarray of bool, shape (kept,)
        Which of them ran to their end.
    courses : list of Course
        They themselves.
    """

    def __init__(self, objectives: int, limit: int = 128) -> None:
        self._limit = limit
        self._random = random.Random(0)
        self._scores = np.full((objectives, limit, 16), np.nan)
        self._ends = np.zeros((objectives, limit))
        self._rates = np.zeros((objectives, limit))
        self._leaders: list[Course] = []
        self.seen = 0
        self.courses: list[Course] = []
        self.steps = np.zeros(0, int)
        self.completed = np.zeros(0, bool)

    def add(self, course: Course, completed: bool) -> None:
        """Take in a trial that ended; ``completed`` if it ran to its own end."""
        if completed:
            self._lead(course)
        self.seen += 1
        place = len(self.courses)
        if place == self._limit:
            place = self._random.randrange(self.seen)
            if place >= self._limit:
                return
            self.courses[place] = course
            self.steps[place], self.completed[place] = course.steps, completed
        else:
            self.courses.append(course)
            self.steps = np.append(self.steps, course.steps)
            self.completed = np.append(self.completed, completed)
        self._enter(place, course)

    @property
    def leaders(self) -> Sequence[Course]:
        """The completed trials that no other completed one dominates."""
        return self._leaders

    def scores(self, objective: int, step: int) -> Floats:
        """Return where each trial stood at a step, NaN if it did not get there; ``(kept,)``."""
        index = index_of(step)
        if index >= self._scores.shape[2]:
            return np.full(len(self.courses), np.nan)
        return self._scores[objective, : len(self.courses), index]

    def ends(self, objective: int) -> Floats:
        """Return the last gain of each kept trial; shape ``(kept,)``."""
        return self._ends[objective, : len(self.courses)]

    def projected(self, objective: int, steps: int) -> Floats:
        """Return the last gain, of a stopped trial what `Course.projected` expects: ``(kept,)``."""
        missing = np.where(self.completed, 0, np.maximum(0, steps - self.steps))
        return self.ends(objective) + self._rates[objective, : len(self.courses)] * missing

    def _enter(self, place: int, course: Course) -> None:
        marks = len(course.curves[0].marks)
        while marks > self._scores.shape[2]:
            more = np.full_like(self._scores, np.nan)
            self._scores = np.concatenate([self._scores, more], axis=2)
        self._scores[:, place] = np.nan
        for objective, curve in enumerate(course.curves):
            self._scores[objective, place, :marks] = course.scores(objective)
            self._ends[objective, place] = curve.last
            self._rates[objective, place] = course.rate(objective)

    def _lead(self, course: Course) -> None:
        if any(_dominates(other, course) for other in self._leaders):
            return
        kept = [other for other in self._leaders if not _dominates(course, other)]
        self._leaders = [*kept, course][-self._limit :]


def _dominates(one: Course, other: Course) -> bool:
    """Return whether a trial ended no worse in every objective; the earlier wins a tie."""
    return all(a.last >= b.last for a, b in zip(one.curves, other.curves, strict=True))
