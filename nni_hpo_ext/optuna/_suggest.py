"""Ask an Optuna trial for a whole configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.optuna._space import FlatSpace

__all__ = ["suggest"]


def suggest(trial: optuna.Trial, search_space: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a trial in NNI's form, from ``suggest_*`` of each parameter.

    A parameter in a branch is called ``optimizer.sgd.momentum``. It works with every sampler.

    Parameters
    ----------
    trial
        The trial.
    search_space
        NNI search space.

    Raises
    ------
    ConfigError
        If the search space cannot be used, or an enqueued value lies outside of it.

    Examples
    --------
    >>> import optuna
    >>> space = {"model": {"_type": "choice", "_value": [
    ...     {"_name": "tree", "depth": {"_type": "randint", "_value": [1, 9]}}, "linear"]}}
    >>> study = optuna.create_study()
    >>> study.enqueue_trial({"model": "tree", "model.tree.depth": 3})
    >>> suggest(study.ask(), space)
    {'model': {'_name': 'tree', 'depth': 3}}
    """
    space = FlatSpace(search_space)
    config = space.config(lambda name: _ask(trial, name, space.distributions[name]))
    if config is None:
        raise ConfigError(f"trial {trial.number} is not in the search space: {trial.params}")
    return config


def _ask(trial: optuna.Trial, name: str, distribution: Any) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    assert isinstance(distribution, (FloatDistribution, IntDistribution))
    ask = trial.suggest_int if isinstance(distribution, IntDistribution) else trial.suggest_float
    low, high = distribution.low, distribution.high
    return ask(name, low, high, step=distribution.step, log=distribution.log)
