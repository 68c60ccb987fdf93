"""Translate single parameters: NNI's into Optuna's distributions, and values of both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.space import Choice, Dimension, Integer, Normal, Uniform

__all__ = ["distribution_of", "plain_choice", "value_in"]

_SCALARS = (str, int, float, bool, type(None))
_ROUNDING = 1e-9  # of a quotient of two floats


def distribution_of(dimension: Dimension) -> BaseDistribution:
    """Return Optuna's distribution of a parameter of NNI.

    Optuna has no normal distribution and no logarithmic steps: such a parameter becomes the range
    that contains its values, of which the sampler draws no others.

    Raises
    ------
    ConfigError
        If Optuna cannot tell two options of a choice apart.
    """
    domain = dimension.domain
    if isinstance(domain, Choice):
        options = [plain_choice(i, option) for i, option in enumerate(domain.options)]
        if len(set(options)) < len(options):
            raise ConfigError(f"{dimension.name}: Optuna cannot tell the options {options} apart")
        return CategoricalDistribution(options)
    if isinstance(domain, Integer):
        return IntDistribution(domain.low, domain.high - 1)
    if isinstance(domain, Normal):
        low, high = domain.from_unit(0.0), domain.from_unit(1.0)
        return FloatDistribution(low, high, log=domain.log and low > 0)
    assert isinstance(domain, Uniform)
    low, high, step = float(domain.low), float(domain.high), domain.q
    if step is None or domain.log or not (_is_whole(low / step) and _is_whole(high / step)):
        return FloatDistribution(low, high, log=domain.log)
    return FloatDistribution(low, high, step=float(step))


def _is_whole(number: float) -> bool:
    return math.isclose(number, round(number), abs_tol=_ROUNDING)


def plain_choice(index: int, option: Any) -> Any:
    """Return an option as Optuna's storages hold it; a branch of a nested choice by its name."""
    if isinstance(option, Mapping) and set(option) == {"_name"}:
        return option["_name"]
    is_plain = isinstance(option, _SCALARS) and not (
        isinstance(option, float) and not math.isfinite(option)
    )
    return option if is_plain else f"option {index}: {option!r:.40}"


def value_in(distribution: BaseDistribution, value: Any) -> Any:
    """Return the value of a distribution that is closest to one of a tuner, in Optuna's type."""
    if isinstance(distribution, CategoricalDistribution):
        return value
    assert isinstance(distribution, (FloatDistribution, IntDistribution))
    low, high, step = distribution.low, distribution.high, distribution.step
    if step is not None:
        value = low + step * round((value - low) / step)
    value = min(max(value, low), high)
    return round(value) if isinstance(distribution, IntDistribution) else float(value)
