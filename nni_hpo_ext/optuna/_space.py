"""A search space in NNI's nested and in Optuna's flat form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution

from nni_hpo_ext.migrate import space_of
from nni_hpo_ext.optuna._distributions import distribution_of, plain_choice, value_in
from nni_hpo_ext.space import Choice, Dimension, SearchSpace
from nni_hpo_ext.types import Params

__all__ = ["FlatSpace"]


class FlatSpace:
    """A search space whose parameters Optuna knows by names such as ``optimizer.sgd.momentum``.

    Parameters
    ----------
    spec
        The search space in NNI's form.
    distributions
        Optuna's distributions by name; by default those with the same values.

    Attributes
    ----------
    spec : Mapping
        The search space in NNI's form.
    space : SearchSpace
        The same, parsed.
    distributions : dict
        Optuna's distributions by name, those of all branches.

    Raises
    ------
    ConfigError
        If the search space is malformed or Optuna cannot express it.
    """

    def __init__(
        self, spec: Mapping[str, Any], distributions: Mapping[str, BaseDistribution] | None = None
    ) -> None:
        self.spec = spec
        self.space = SearchSpace(spec)
        self.distributions: dict[str, BaseDistribution] = dict(
            distributions or {d.name: distribution_of(d) for d in self.space.dimensions}
        )

    @classmethod
    def of(cls, distributions: Mapping[str, BaseDistribution]) -> FlatSpace:
        """Return the space that Optuna infers from earlier trials."""
        plain = {name: _with_plain_choices(d) for name, d in distributions.items()}
        return cls(space_of([plain]), distributions)

    @property
    def text(self) -> str:
        """The search space as JSON."""
        return json.dumps(self.spec)

    def flat(self, config: Params) -> dict[str, Any]:
        """Return the values of a configuration by name, without those of other branches."""
        u = self.space.encode(config)
        active = self.space.active(u[np.newaxis])[0]
        return {
            dim.name: self._value(dim, float(u[i]))
            for i, dim in enumerate(self.space.dimensions)
            if active[i]
        }

    def _value(self, dim: Dimension, coordinate: float) -> Any:
        value, distribution = dim.domain.from_unit(coordinate), self.distributions[dim.name]
        if isinstance(dim.domain, Choice) and isinstance(distribution, CategoricalDistribution):
            return distribution.choices[_keys(dim.domain).index(_key(value))]
        return value_in(distribution, value)

    def config(self, value_of: Callable[[str], Any]) -> dict[str, Any] | None:
        """Return the configuration with the values that a function returns.

        Parameters
        ----------
        value_of
            Returns the value of a parameter by its name, or raises KeyError. It is called only for
            the parameters of the chosen branches.

        Returns
        -------
        dict or None
            None if a value is missing or lies outside of the space.
        """
        u = [0.5] * len(self.space)
        for i, dim in enumerate(self.space.dimensions):
            if not self.space.is_active(dim, u):
                continue
            try:
                coordinate = self._coordinate(dim, value_of(dim.name))
            except KeyError:
                return None
            if coordinate is None:
                return None
            u[i] = coordinate
        return self.space.decode(u)

    def _coordinate(self, dim: Dimension, value: Any) -> float | None:
        distribution = self.distributions[dim.name]
        if isinstance(dim.domain, Choice) and isinstance(distribution, CategoricalDistribution):
            try:
                value = dim.domain.options[int(distribution.to_internal_repr(value))]
            except ValueError:  # it is not among the choices
                return None
        return dim.domain.to_unit(value)


def _with_plain_choices(distribution: BaseDistribution) -> BaseDistribution:
    if not isinstance(distribution, CategoricalDistribution):
        return distribution
    return CategoricalDistribution([plain_choice(i, o) for i, o in enumerate(distribution.choices)])


def _key(option: Any) -> str:
    return json.dumps(option, sort_keys=True)


def _keys(domain: Choice) -> list[str]:
    return [_key(option) for option in domain.options]
