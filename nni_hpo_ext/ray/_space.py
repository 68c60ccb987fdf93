"""Translate a search space of Ray Tune into NNI's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ray.tune.search import sample
from ray.tune.search.variant_generator import parse_spec_vars

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.types import Params

__all__ = ["TuneSpace"]

_Path = tuple[Any, ...]
_ROUNDING = 1e-9  # of a quotient of two floats


class TuneSpace:
    """A search space of NNI or of Ray Tune, in the forms that both take.

    Parameters
    ----------
    space
        NNI search space, taken as it is; or a ``param_space`` of Ray Tune. Its constants are left
        to Tune. A parameter ``{"optimizer": {"lr": tune.uniform(0, 1)}}`` is called
        ``optimizer/lr``, as Tune calls it in results.

    Attributes
    ----------
    search_space : dict
        The search space in NNI's form; empty if the ``param_space`` has constants only.

    Raises
    ------
    ConfigError
        If a parameter has no equal in NNI: ``tune.grid_search``, ``tune.sample_from``, or a choice
        with an option that JSON does not have.

    Examples
    --------
    >>> from ray import tune
    >>> space = TuneSpace({"optimizer": {"lr": tune.loguniform(1e-4, 1e-1), "name": "sgd"}})
    >>> space.search_space
    {'optimizer/lr': {'_type': 'loguniform', '_value': [0.0001, 0.1]}}
    >>> space.config({"optimizer/lr": 0.01})
    {'optimizer': {'lr': 0.01}}
    """

    def __init__(self, space: Mapping[str, Any]) -> None:
        _, domains, grids = parse_spec_vars(dict(space))
        if grids:
            raise ConfigError(
                f"{_name(grids[0][0])}: grid_search has no equal here; use tune.choice, and the "
                "tuner Grid to try all options"
            )
        self._domains: dict[str, tuple[_Path, Any]] = {_name(p): (p, d) for p, d in domains}
        self.search_space: dict[str, Any] = {
            name: _entry(name, domain) for name, (_, domain) in self._domains.items()
        }
        if not domains and _is_nni(space):
            self.search_space = dict(space)
        if self.search_space:
            SearchSpace(self.search_space)  # names every mistake

    def config(self, params: Params) -> dict[str, Any]:
        """Return a configuration in Tune's form."""
        if not self._domains:
            return dict(params)
        config: dict[str, Any] = {}
        for name, (path, domain) in self._domains.items():
            inner = config
            for key in path[:-1]:
                inner = inner.setdefault(key, {})
            value = params[name]
            inner[path[-1]] = round(value) if isinstance(domain, sample.Integer) else value
        extra = {name: value for name, value in params.items() if name not in self._domains}
        return {**config, **extra}  # such as the budget of Hyperband


def _name(path: _Path) -> str:
    return "/".join(map(str, path))


def _is_nni(space: Mapping[str, Any]) -> bool:
    return any(isinstance(entry, Mapping) and "_type" in entry for entry in space.values())


def _entry(name: str, domain: Any) -> dict[str, Any]:
    """Return the parameter of NNI's with the same values and distribution."""
    sampler = domain.get_sampler()
    step = sampler.q if isinstance(sampler, sample.Quantized) else None
    if step is not None:
        sampler = sampler.get_sampler()
    if isinstance(domain, sample.Categorical):
        return {"_type": "choice", "_value": list(domain.categories)}
    if isinstance(sampler, sample.Normal):
        return _number("normal", [sampler.mean, sampler.sd], step)
    is_log = isinstance(sampler, sample.LogUniform)
    if isinstance(domain, sample.Float):
        bounds = _multiples(domain.lower, domain.upper, step)
        return _number("loguniform" if is_log else "uniform", bounds, step)
    if isinstance(domain, sample.Integer):
        return _integer(domain.lower, domain.upper, step or 1, is_log)
    raise ConfigError(f"{name}: {domain.domain_str} has no equal in NNI's search spaces")


def _multiples(low: float, high: float, step: float | None) -> list[float]:
    """Return the bounds of the steps in a range: Tune's values are multiples of the step."""
    if step is None:
        return [low, high]
    return [step * math.ceil(low / step - _ROUNDING), step * math.floor(high / step + _ROUNDING)]


def _number(kind: str, arguments: Sequence[float], step: float | None) -> dict[str, Any]:
    if step is None:
        return {"_type": kind, "_value": list(arguments)}
    return {"_type": f"q{kind}", "_value": [*arguments, step]}


def _integer(low: int, high: int, step: int, is_log: bool) -> dict[str, Any]:
    """Return a parameter of integers; Tune includes the upper bound only if there are steps."""
    if not is_log and step == 1:
        return {"_type": "randint", "_value": [low, high]}
    first, last = _multiples(low, high - (step == 1), step)
    if is_log:
        return _number("loguniform", [first, last], step)
    # NNI draws the first and the last of its steps half as often as the others.
    return {"_type": "choice", "_value": list(range(round(first), round(last) + 1, step))}
