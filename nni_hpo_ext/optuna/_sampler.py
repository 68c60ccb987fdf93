"""Draw the parameters of Optuna's trials with a tuner of this package."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.trial import FrozenTrial

from nni_hpo_ext.migrate import study_objectives
from nni_hpo_ext.optuna._learner import StudyLearner
from nni_hpo_ext.optuna._space import FlatSpace

__all__ = ["TunerSampler"]

_logger = logging.getLogger(__name__)


class TunerSampler(BaseSampler):
    """A tuner as sampler of Optuna.

    Everything that the tuner needs is in the study's storage: a study can be continued, and any
    number of processes can work on it, each with a sampler of the same arguments. Failed and pruned
    trials count.

    Parameters
    ----------
    tuner
        Name of a tuner of this package, such as ``Diversified`` or ``Dragonfly``, but none that
        sets the budget of trials.
    search_space
        NNI search space, with branches to any depth; the objective calls `suggest`, or
        ``suggest_*`` with the same names and ranges. By default the parameters that all completed
        trials have in common; those of branches are then drawn at random.
    tuner_args
        Class arguments of the tuner. The objectives are those of the study.
    seed
        Seed of the tuner and of random parameters; drawn by default. Workers of one study need
        different seeds, or none.
    independent_sampler
        Draws the parameters that are not in the search space; by default at random.

    Raises
    ------
    ConfigError
        If the search space is malformed or Optuna cannot express it; an unknown tuner or a wrong
        argument is reported at the first trial.

    Examples
    --------
    >>> import optuna
    >>> space = {"x": {"_type": "uniform", "_value": [0, 1]}}
    >>> study = optuna.create_study(sampler=TunerSampler("Parzen", space, seed=0))
    >>> study.optimize(lambda trial: trial.suggest_float("x", 0, 1) ** 2, n_trials=3)
    >>> len(study.trials)
    3
    """

    def __init__(
        self,
        tuner: str,
        search_space: Mapping[str, Any] | None = None,
        *,
        tuner_args: Mapping[str, Any] | None = None,
        seed: int | None = None,
        independent_sampler: BaseSampler | None = None,
    ) -> None:
        drawn = int(np.random.SeedSequence().generate_state(1)[0])
        self._definition = {
            "tuner": {"name": tuner, "classArgs": dict(tuner_args or {})},
            "seed": drawn if seed is None else seed,
        }
        self._explicit = None if search_space is None else FlatSpace(search_space)
        self._common = IntersectionSearchSpace()
        self._independent = independent_sampler or RandomSampler(seed=seed)
        self._learner: StudyLearner | None = None
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the tuner, which is built again from the storage."""
        return {**self.__dict__, "_learner": None, "_lock": None}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()

    def reseed_rng(self) -> None:
        """Draw new random numbers for the parameters that are not in the search space."""
        self._independent.reseed_rng()

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the parameters that the tuner chooses."""
        if self._explicit is not None:
            return dict(self._explicit.distributions)
        found = self._common.calculate(study)
        return {name: d for name, d in found.items() if not d.single()}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the tuner's suggestion by name.

        Parameters
        ----------
        study, trial
            The trial.
        search_space
            The parameters to choose.
        """
        if not search_space:
            return {}
        with self._lock:
            params = self._learner_of(study, search_space).suggest(study, trial)
        if params is None:
            _logger.warning("trial %d repeats a configuration: all were tried", trial.number)
            return {n: self._draw(study, trial, n, d) for n, d in search_space.items()}
        return {name: value for name, value in params.items() if name in search_space}

    def _learner_of(
        self, study: optuna.Study, search_space: Mapping[str, BaseDistribution]
    ) -> StudyLearner:
        space = self._explicit or FlatSpace.of(search_space)
        objectives = study_objectives(study)
        learner = self._learner
        if learner is None or not learner.serves(study, space):
            definition = {**self._definition, "objectives": objectives}
            learner = self._learner = StudyLearner(definition, study, space)
        return learner

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return a value of a parameter that is not in the search space.

        Parameters
        ----------
        study, trial
            The trial.
        param_name
            The parameter.
        param_distribution
            Its values.
        """
        return self._draw(study, trial, param_name, param_distribution)

    def _draw(
        self, study: optuna.Study, trial: FrozenTrial, name: str, distribution: BaseDistribution
    ) -> Any:
        return self._independent.sample_independent(study, trial, name, distribution)
