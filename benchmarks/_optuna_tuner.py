"""Optuna's samplers as tuners of NNI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna

__all__ = ["OptunaGP", "OptunaTPE"]


class OptunaGP:
    """Optuna's Gaussian process, with ordered numeric choices as integers.

    Parameters
    ----------
    optimize_mode
        ``minimize`` or ``maximize``.
    seed
        Seed of the sampler.
    """

    def __init__(self, optimize_mode: str, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(direction=optimize_mode, sampler=self._sampler(seed))
        self._trials: dict[int, optuna.Trial] = {}

    @staticmethod
    def _sampler(seed: int) -> optuna.samplers.BaseSampler:
        return optuna.samplers.GPSampler(seed=seed)

    def update_search_space(self, search_space: Mapping[str, Any]) -> None:
        """Set the search space, without nested choices."""
        self._space = dict(search_space)
        self._distributions = {n: _distribution(s) for n, s in self._space.items()}

    def generate_parameters(self, number: int) -> dict[str, Any]:
        """Ask for a configuration."""
        trial = self._trials[number] = self._study.ask(self._distributions)
        return {n: _value(self._space[n], v) for n, v in trial.params.items()}

    def receive_trial_result(self, number: int, params: Mapping[str, Any], value: float) -> None:
        """Tell the result."""
        self._study.tell(self._trials.pop(number), value)

    def trial_end(self, number: int, success: bool) -> None:
        """Do nothing."""


class OptunaTPE(OptunaGP):
    """Optuna's tree-structured Parzen estimator, likewise."""

    @staticmethod
    def _sampler(seed: int) -> optuna.samplers.BaseSampler:
        return optuna.samplers.TPESampler(seed=seed)


def _is_ordered(spec: Mapping[str, Any]) -> bool:
    """Return whether a choice has numbers in increasing order."""
    values = spec["_value"]
    return not any(isinstance(v, str | bool) for v in values) and values == sorted(values)


def _distribution(spec: Mapping[str, Any]) -> optuna.distributions.BaseDistribution:
    kind, values = spec["_type"], spec["_value"]
    if kind == "choice" and _is_ordered(spec):
        return optuna.distributions.IntDistribution(0, len(values) - 1)
    if kind == "choice":
        return optuna.distributions.CategoricalDistribution(values)
    if kind == "randint":
        return optuna.distributions.IntDistribution(values[0], values[1] - 1)
    if kind == "qloguniform":
        return optuna.distributions.IntDistribution(values[0], values[1], log=True)
    return optuna.distributions.FloatDistribution(*values, log=kind == "loguniform")


def _value(spec: Mapping[str, Any], value: Any) -> Any:
    return spec["_value"][value] if spec["_type"] == "choice" and _is_ordered(spec) else value
