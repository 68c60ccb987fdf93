"""A tuner that learns from the storage of an Optuna study."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nni
import optuna
from optuna.trial import FrozenTrial

from nni_hpo_ext.asktell import make_tuner
from nni_hpo_ext.dispatcher import separate_dispatcher
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.journal import listening
from nni_hpo_ext.migrate import final_report
from nni_hpo_ext.optuna._space import FlatSpace
from nni_hpo_ext.tuners import AlgorithmTuner, HyperbandTuner

__all__ = ["StudyLearner"]

_KEY = "nni_hpo_ext:suggestion"  # system attribute of a trial


class StudyLearner:
    """A tuner for one study and one search space.

    A suggestion is written to the storage with the state of the algorithm, so that other processes
    continue from it.

    Parameters
    ----------
    definition
        ``tuner``, ``objectives`` and ``seed``.
    study
        The study.
    space
        The search space.

    Raises
    ------
    ConfigError
        If the tuner is not known or refuses its arguments.
    """

    def __init__(
        self, definition: Mapping[str, Any], study: optuna.Study, space: FlatSpace
    ) -> None:
        self._space = space
        self._study = study.study_name, study._study_id
        self._names = list(definition["objectives"])
        self._mark = hashlib.sha256(space.text.encode()).hexdigest()[:16]
        self._event: dict[str, Any] = {}
        self._suggested: dict[int, _Suggested] = {}
        self._told: set[int] = set()
        with separate_dispatcher(), listening(self._hear):
            self._tuner, label = make_tuner(definition)
        is_ours = isinstance(self._tuner, AlgorithmTuner)
        if not is_ours or isinstance(self._tuner, HyperbandTuner):
            raise ConfigError(f"tuner {label} cannot be a sampler: choose another of this package")
        self._tuner.update_search_space(space.spec)

    def serves(self, study: optuna.Study, space: FlatSpace) -> bool:
        """Return whether it is for this study and search space."""
        same = self._study == (study.study_name, study._study_id)
        return same and self._space.text == space.text

    def _hear(self, event: str, fields: Mapping[str, Any]) -> None:
        if event == "suggest":
            self._event = {"event": event, **fields}

    def suggest(self, study: optuna.Study, trial: FrozenTrial) -> Mapping[str, Any] | None:
        """Return the parameters of a trial by name, None if all configurations were tried."""
        for other in study.get_trials(deepcopy=False):
            if other.number != trial.number and other.number not in self._told:
                self._learn(other)
        try:
            config = self._tuner.generate_parameters(trial.number)
        except nni.NoMoreTrialError:
            return None
        params = self._space.flat(config)
        self._suggested[trial.number] = _Suggested(params, config)
        content = {"space": self._mark, "params": params, "event": self._event}
        study._storage.set_trial_system_attr(trial._trial_id, _KEY, content)
        return params

    def _learn(self, trial: FrozenTrial) -> None:
        """Pass on what is new about a trial of this or another process."""
        found = trial.system_attrs.get(_KEY)
        number = trial.number
        if number not in self._suggested and found and found["space"] == self._mark:
            self._tuner.follow(found["event"])
            self._suggested[number] = _Suggested(found["params"], found["event"]["params"])
        if trial.state.is_finished():
            self._told.add(number)
            self._tell(trial)

    def _tell(self, trial: FrozenTrial) -> None:
        suggested = self._suggested.pop(trial.number, None)
        report = final_report(trial, self._names)
        if suggested is None:
            self._add(trial, report)
        elif not suggested.is_in(trial):  # a user has fixed some values
            self._tuner.follow({"event": "abandon", "run": 0, "id": trial.number})
            self._add(trial, report)
        elif report is not None:
            self._tuner.receive_trial_result(trial.number, suggested.config, report)
        else:
            self._tuner.trial_end(trial.number, False)

    def _add(self, trial: FrozenTrial, report: Any) -> None:
        """Pass on the result of a configuration that the tuner has not suggested."""
        config = self._space.config(trial.params.__getitem__)
        if report is not None and config is not None:
            self._tuner.receive_trial_result(None, config, report, trial_job_id=str(trial.number))


@dataclass(frozen=True)
class _Suggested:
    """A suggestion by Optuna's names, and as the tuner made it."""

    params: Mapping[str, Any]
    config: Mapping[str, Any]

    def is_in(self, trial: FrozenTrial) -> bool:
        """Whether a trial used these values."""
        return all(trial.params.get(name, value) == value for name, value in self.params.items())
