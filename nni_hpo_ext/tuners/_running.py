"""What is known of running trials: their configurations and predicted final values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from nni_hpo_ext.database import Database
from nni_hpo_ext.dispatcher import Dispatcher
from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.journal import Journal
from nni_hpo_ext.tuners._history import TrialKey
from nni_hpo_ext.types import Forecasts, Params

__all__ = ["RunningTrials"]

_logger = logging.getLogger(__name__)
_T = TypeVar("_T")


class RunningTrials:
    """Finds the configurations of the trial jobs that the assessor observes.

    An assessor knows a trial by its job, a tuner by the id of its configuration. NNI's database
    has both in the row of each report, and it is written before the assessor is called. Without
    a database, as in a simulation, both ids are the same.

    Parameters
    ----------
    dispatcher
        The connection to the assessor.
    journal
        The tuner's journal, in a directory of the experiment.
    """

    def __init__(self, dispatcher: Dispatcher, journal: Journal) -> None:
        self._dispatcher = dispatcher
        self._directory = None if journal.path is None else journal.path.parent.parent
        self._parameter_ids: Mapping[str, str] = {}

    def forecasts(self, waiting: Mapping[TrialKey, Params]) -> list[tuple[Params, Forecasts]]:
        """Return the running trials whose final values can be predicted.

        Parameters
        ----------
        waiting
            The suggestions without a result.
        """
        nothing: list[tuple[Params, Forecasts]] = []
        return self._guarded(lambda: self._pair(waiting), nothing)

    def final(self, job: str | None, parameter_id: object) -> Forecasts:
        """Return the final values predicted for a trial that ended."""
        name = str(parameter_id) if job is None else job
        return self._guarded(lambda: self._dispatcher.forecasts(name), {})

    def reached(self, parameter_id: object) -> tuple[str, Mapping[str, float]]:
        """Return job and best values of a trial that the assessor stopped; empty if it did not.

        A script that does not catch the interruption reports nothing itself.
        """
        nothing: tuple[str, Mapping[str, float]] = ("", {})
        return self._guarded(lambda: self._find_reached(str(parameter_id)), nothing)

    @staticmethod
    def _guarded(ask: Callable[[], _T], otherwise: _T) -> _T:
        """Ask the assessor; NNI would hang if its failure reached the dispatcher."""
        try:
            return ask()
        except Exception:
            _logger.exception("the assessor could not be asked; its curves are not used")
            return otherwise

    def _pair(self, waiting: Mapping[TrialKey, Params]) -> list[tuple[Params, Forecasts]]:
        jobs = self._dispatcher.running_trials()
        if any(job not in self._parameter_ids for job in jobs):
            self._parameter_ids = self._read()
        # The later of two runs with the same id comes last.
        params = {str(key[1]): waiting[key] for key in sorted(waiting, key=lambda key: key[0])}
        found = []
        for job in jobs:
            parameter_id = self._parameter_ids.get(job, job)
            predicted = self._dispatcher.forecasts(job)
            if predicted and parameter_id in params:
                found.append((params[parameter_id], predicted))
        return found

    def _find_reached(self, parameter_id: str) -> tuple[str, Mapping[str, float]]:
        if not self._dispatcher.has_assessor:  # nobody to ask, so no need for the database
            return parameter_id, {}
        self._parameter_ids = self._read()
        jobs = {name: job for job, name in self._parameter_ids.items()}  # the latest run's
        job = jobs.get(parameter_id, parameter_id)
        return job, self._dispatcher.reached(job)

    def _read(self) -> Mapping[str, str]:
        if self._directory is None:
            return {}
        try:
            return Database(self._directory).parameter_ids()
        except HpoExtError as error:
            _logger.debug("the curves of running trials are not used: %s", error)
            return {}
