"""Connect the tuner and the assessor of an experiment.

NNI runs both in one process without a connection between them. An assessor sees only intermediate
results; the objectives are declared in the tuner's class arguments or by the first final result.
A tuner sees only final results; the assessor predicts those of running and stopped trials.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from nni_hpo_ext.types import Forecasts, Objective

__all__ = ["Dispatcher", "current_dispatcher", "separate_dispatcher"]


class _Tuner(Protocol):
    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives, empty while they are not known."""


class _Assessor(Protocol):
    def running_trials(self) -> Sequence[str]:
        """Return the jobs of the running trials that have reported."""

    def forecasts(self, trial_job_id: str) -> Forecasts:
        """Predict the final values of a running or stopped trial."""

    def reached(self, trial_job_id: str) -> Mapping[str, float]:
        """Return the best values of a stopped trial."""


class Dispatcher:
    """What a tuner and an assessor know of each other.

    Both are referenced weakly. Tuners and assessors of this package announce themselves to the
    `current_dispatcher` when they are constructed, and keep it.

    Examples
    --------
    >>> from nni_hpo_ext.assessors import MedianStopAssessor
    >>> from nni_hpo_ext.tuners import RandomTuner
    >>> with separate_dispatcher() as dispatcher:
    ...     tuner = RandomTuner(objectives={"default": "maximize"}, seed=0)
    ...     assessor = MedianStopAssessor()
    >>> dispatcher.objectives()
    (Objective(name='default', direction='maximize'),)
    >>> for job in "ab":
    ...     _ = assessor.assess_trial(job, [0.5, 0.6, 0.7])
    ...     assessor.trial_end(job, success=True)
    >>> _ = assessor.assess_trial("c", [0.5])
    >>> dispatcher.running_trials()
    ['c']
    >>> round(dispatcher.forecasts("c")["default"].mean, 2)
    0.7
    """

    # Assigned in one step, so that another thread reads the old or the new value.
    _tuner: weakref.ref[_Tuner] | None = None
    _assessor: weakref.ref[_Assessor] | None = None

    def announce_tuner(self, tuner: _Tuner) -> None:
        """Set the tuner."""
        self._tuner = weakref.ref(tuner)

    def announce_assessor(self, assessor: _Assessor) -> None:
        """Set the assessor."""
        self._assessor = weakref.ref(assessor)

    def clear(self) -> None:
        """Forget the tuner and the assessor."""
        self._tuner = self._assessor = None

    def objectives(self) -> tuple[Objective, ...]:
        """Return the tuner's objectives; empty without a tuner of this package, or if unknown."""
        tuner = self._tuner() if self._tuner is not None else None
        return () if tuner is None else tuner.objectives

    def _alive_assessor(self) -> _Assessor | None:
        return self._assessor() if self._assessor is not None else None

    @property
    def has_assessor(self) -> bool:
        """Whether an assessor of this package runs here."""
        return self._alive_assessor() is not None

    def running_trials(self) -> Sequence[str]:
        """Return the trial jobs that the assessor observes; empty without one of this package."""
        assessor = self._alive_assessor()
        return [] if assessor is None else assessor.running_trials()

    def forecasts(self, trial_job_id: str) -> Forecasts:
        """Return the assessor's forecasts for a running or stopped trial, by objective."""
        assessor = self._alive_assessor()
        return {} if assessor is None else assessor.forecasts(trial_job_id)

    def reached(self, trial_job_id: str) -> Mapping[str, float]:
        """Return the best values of a trial that the assessor stopped, by objective."""
        assessor = self._alive_assessor()
        return {} if assessor is None else assessor.reached(trial_job_id)


_current: ContextVar[Dispatcher] = ContextVar("dispatcher", default=Dispatcher())  # noqa: B039


def current_dispatcher() -> Dispatcher:
    """Return the dispatcher that new tuners and assessors announce themselves to.

    Outside of `separate_dispatcher` it is one for the whole process, as in NNI.

    Examples
    --------
    >>> with separate_dispatcher() as dispatcher:
    ...     current_dispatcher() is dispatcher
    True
    """
    return _current.get()


@contextmanager
def separate_dispatcher() -> Iterator[Dispatcher]:
    """Connect only the tuner and the assessor that are constructed within the context.

    For a process with several experiments, such as a simulation.

    Examples
    --------
    >>> with separate_dispatcher() as one, separate_dispatcher() as another:
    ...     one is another
    False
    """
    dispatcher = Dispatcher()
    token = _current.set(dispatcher)
    try:
        yield dispatcher
    finally:
        _current.reset(token)
