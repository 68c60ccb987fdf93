"""Translate Optuna's distributions into an NNI search space."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.files import finite

__all__ = ["space_of"]

_MOST_STEPS = 1000  # of a grid that NNI's quniform cannot express


def space_of(trials: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an NNI search space that contains the distributions of all trials.

    Parameters
    ----------
    trials
        For each trial, its distributions by parameter, as ``trial.distributions`` of Optuna. Where
        a range differs between trials, it covers all of them.

    Raises
    ------
    DataError
        If a choice has an option that JSON cannot hold.

    Examples
    --------
    >>> from optuna.distributions import FloatDistribution  # doctest: +SKIP
    >>> space_of([{"lr": FloatDistribution(1e-4, 1e-1, log=True)}])  # doctest: +SKIP
    {'lr': {'_type': 'loguniform', '_value': [0.0001, 0.1]}}
    """
    found: dict[str, list[Any]] = {}
    for distributions in trials:
        for name, distribution in distributions.items():
            found.setdefault(name, []).append(distribution)
    return {name: _entry(name, ranges) for name, ranges in found.items()}


def _entry(name: str, distributions: list[Any]) -> dict[str, Any]:
    if any(hasattr(d, "choices") for d in distributions):
        options = [o for d in distributions for o in getattr(d, "choices", ())]
        return {"_type": "choice", "_value": _plain(name, options)}
    last = distributions[-1]
    low, high = min(d.low for d in distributions), max(d.high for d in distributions)
    if isinstance(last.low, int):
        return _integer(low, high, last.log, last.step)
    return _number(low, high, last.log, last.step)


def _plain(name: str, options: list[Any]) -> list[Any]:
    odd = [o for o in options if finite(o) != o]
    if odd:
        raise DataError(f"parameter {name}: the choice {odd[0]!r:.60} is not a plain JSON value")
    return list({repr(option): option for option in options}.values())


def _integer(low: int, high: int, log: bool, step: int) -> dict[str, Any]:
    if log:
        # NNI has no integers on a log scale but in steps.
        return {"_type": "qloguniform", "_value": [low, high, 1]}
    if step == 1:
        return {"_type": "randint", "_value": [low, high + 1]}
    return {"_type": "choice", "_value": list(range(low, high + 1, step))}


def _number(low: float, high: float, log: bool, step: float | None) -> dict[str, Any]:
    if log:
        return {"_type": "loguniform", "_value": [low, high]}
    if step is None:
        return {"_type": "uniform", "_value": [low, high]}
    # NNI's steps start at 0, Optuna's at the lower bound.
    if math.isclose(low / step, round(low / step), abs_tol=1e-9):
        return {"_type": "quniform", "_value": [low, high, step]}
    count = round((high - low) / step) + 1
    if count > _MOST_STEPS:
        return {"_type": "uniform", "_value": [low, high]}
    return {"_type": "choice", "_value": [low + i * step for i in range(count)]}
