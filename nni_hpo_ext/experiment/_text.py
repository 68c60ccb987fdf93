"""Numbers, times and configurations as short text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nni_hpo_ext.experiment._records import End, TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["counts", "duration", "number", "parameters", "scores", "seconds_of"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def number(value: Any) -> str:
    """Return a value as text, a float with four significant digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping) and "_name" in value:  # a nested choice
        inner = {k: v for k, v in value.items() if k != "_name"}
        return f"{value['_name']}({parameters(inner)})" if inner else str(value["_name"])
    return value if isinstance(value, str) else json.dumps(value)


def parameters(params: Mapping[str, Any], names: Iterable[str] | None = None) -> str:
    """Return a configuration, or the named part of it, on one line."""
    kept = params if names is None else {n: params[n] for n in names if n in params}
    return " ".join(f"{name}={number(value)}" for name, value in kept.items())


def scores(trial: TrialRecord, goals: Sequence[Objective]) -> str:
    """Return on one line the objectives that a trial has."""
    return parameters(trial.values, [g.name for g in goals])


def counts(trials: Sequence[TrialRecord]) -> str:
    """Return how many trials ended in which way, for example ``3 succeeded, 1 failed``."""
    numbers = {end: sum(t.end is end for t in trials) for end in End}
    return ", ".join(f"{n} {end.value}" for end, n in numbers.items() if n)


def duration(seconds: float) -> str:
    """Return a length of time: ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def seconds_of(limit: Any) -> float | None:
    """Return NNI's ``30s``, ``10m``, ``1h``, ``1d`` or number in seconds, None without a limit."""
    if limit is None:
        return None
    text = str(limit).strip().lower()
    factor = _UNITS.get(text[-1:], 1)
    return float(text.rstrip("smhd")) * factor
