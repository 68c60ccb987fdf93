"""Trials and budgets as short text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nni_hpo_ext.render.text import parameters
from nni_hpo_ext.study._records import End, TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["counts", "scores", "seconds_of"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def scores(trial: TrialRecord, goals: Sequence[Objective]) -> str:
    """Return on one line the objectives that a trial has."""
    return parameters(trial.values, [g.name for g in goals])


def counts(trials: Sequence[TrialRecord]) -> str:
    """Return how many trials ended in which way, for example ``3 succeeded, 1 failed``."""
    numbers = {end: sum(t.end is end for t in trials) for end in End}
    return ", ".join(f"{n} {end.value}" for end, n in numbers.items() if n)


def seconds_of(limit: Any) -> float | None:
    """Return NNI's ``30s``, ``10m``, ``1h``, ``1d`` or number in seconds, None without a limit."""
    if limit is None:
        return None
    text = str(limit).strip().lower()
    factor = _UNITS.get(text[-1:], 1)
    return float(text.rstrip("smhd")) * factor
