"""The part of a run in which a trial may be stopped."""

from __future__ import annotations

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._length import RunLength
from nni_hpo_ext.stopping._rule import Schedule

__all__ = ["Window"]


class Window:
    """Decides when trials are assessed, and learns how long a full run is.

    Parameters
    ----------
    schedule
        The steps at which a trial is assessed.
    min_completed
        Number of trials that must have completed before any is stopped; at least 1.
    start
        Share of a full run, in [0, 1], before which no trial is stopped.
    max_epochs
        Number of steps of a full run; None learns it from the trials that complete (`RunLength`).
    """

    def __init__(
        self, schedule: Schedule | None, min_completed: int, start: float, max_epochs: int | None
    ) -> None:
        self._schedule = schedule or Schedule()
        self._min_completed = max(1, min_completed)
        self._start = start
        self._max_epochs = max_epochs
        self._run_length = RunLength()
        self._completed = 0

    def add(self, steps: int) -> None:
        """Add the length of a completed trial."""
        self._completed += 1
        self._run_length.add(steps)

    @property
    def epochs(self) -> int:
        """Number of steps of a full run, 0 if it is unknown."""
        return self._max_epochs or self._run_length.steps

    @property
    def first(self) -> float:
        """The step before which no trial is stopped."""
        return self._start * self.epochs

    def share(self, course: Course) -> float:
        """Return the share of a full run that is over."""
        return course.steps / self.epochs

    def allows(self, course: Course) -> bool:
        """Return whether a trial may be stopped after its last report."""
        return (
            self._completed >= self._min_completed
            and self.first <= course.steps < self.epochs
            and course.is_known
            and self._schedule.is_due(course.curves[0])
        )
