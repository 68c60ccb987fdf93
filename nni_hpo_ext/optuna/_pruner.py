"""Prune Optuna's trials as an assessor decides."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial, TrialState

from nni_hpo_ext.asktell import make_assessor
from nni_hpo_ext.dispatcher import separate_dispatcher
from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.migrate import study_objectives
from nni_hpo_ext.simulate.driver import AssessorDriver

__all__ = ["AssessorPruner"]

_logger = logging.getLogger(__name__)


class AssessorPruner(BasePruner):
    """An assessor as pruner of Optuna.

    It reads the reports of earlier trials from the study's storage, those of other processes too.

    Parameters
    ----------
    assessor
        Name of a registered assessor.
    assessor_args
        Its class arguments. Its objective is that of the study.

    Examples
    --------
    >>> import optuna
    >>> study = optuna.create_study(pruner=AssessorPruner("CompoundStop", {"max_epochs": 20}))
    >>> trial = study.ask()
    >>> trial.report(0.5, step=1)
    >>> trial.should_prune()
    False
    """

    def __init__(
        self,
        assessor: str = "MedianStopAssessor",
        assessor_args: Mapping[str, Any] | None = None,
    ) -> None:
        self._chosen = {"name": assessor, "classArgs": dict(assessor_args or {})}
        self._study: str | None = None
        self._driver: AssessorDriver | None = None
        self._known: set[int] = set()
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the assessor, which is built again from the storage."""
        return {**self.__dict__, "_study": None, "_driver": None, "_known": set(), "_lock": None}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Return whether to prune a trial, given all its reports.

        Raises
        ------
        ConfigError
            If the assessor is not known or refuses its arguments.
        """
        if not trial.intermediate_values:
            return False
        with self._lock:
            driver = self._driver_of(study)
            try:
                self._learn(driver, study)
                return _stops(driver, trial)
            except ExperimentError as error:  # of an assessor that is not ours
                _logger.warning("trial %d continues: %s", trial.number, error)
                return False

    def _learn(self, driver: AssessorDriver, study: optuna.Study) -> None:
        for trial in study.get_trials(deepcopy=False):
            if trial.state.is_finished() and trial.number not in self._known:
                self._known.add(trial.number)
                _stops(driver, trial)
                driver.end(trial.number, trial.state is TrialState.COMPLETE)

    def _driver_of(self, study: optuna.Study) -> AssessorDriver:
        if self._driver is None or self._study != study.study_name:
            definition = {"assessor": self._chosen, "objectives": study_objectives(study)}
            with separate_dispatcher():
                assessor, label = make_assessor(definition)
            self._driver, self._study = AssessorDriver(assessor, label), study.study_name
            self._known = set()
        return self._driver


def _stops(driver: AssessorDriver, trial: FrozenTrial) -> bool:
    reports = trial.intermediate_values
    return bool(reports) and driver.stops(trial.number, [reports[step] for step in sorted(reports)])
