"""Check what a trial reports, with the rules of trial reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.asktell._refusal import invalid
from nni_hpo_ext.metrics import IntermediateReading, read_final, read_intermediate
from nni_hpo_ext.types import Objective, TrialStatus

__all__ = ["best_report", "checked_report", "checked_result"]


def checked_report(value: Any, objectives: Sequence[Objective]) -> None:
    """Refuse an intermediate result without a usable value of any objective.

    None stands for a value that is not a finite number, which JSON cannot hold.

    Raises
    ------
    Refusal
        If it is not usable.
    """
    if value is None:
        return
    names = [o.name for o in objectives]
    if all(v is None or not math.isfinite(v) for v in read_intermediate(value, names).values):
        wanted = " or ".join(names)
        raise invalid(
            f"value must be a number, an object with {wanted}, or null, got {value!r:.80}"
        )


def checked_result(result: Mapping[str, Any], objectives: Sequence[Objective]) -> None:
    """Refuse a final result that lacks an objective.

    Raises
    ------
    Refusal
        If it is not usable.
    """
    if "values" not in result:
        return
    reading = read_final(result["values"], objectives, True)
    if reading.status is TrialStatus.FAILED or (
        reading.status is TrialStatus.COMPLETED and reading.problem
    ):
        raise invalid(f"values: {reading.problem}")


def best_report(
    readings: Sequence[IntermediateReading], objectives: Sequence[Objective]
) -> dict[str, Any] | None:
    """Return the best intermediate result as a partial final one, None without any."""
    finite = [r for r in readings if math.isfinite(r.value)]
    if not finite:
        return None
    best = min(finite, key=lambda r: objectives[0].sign * r.value)
    return {**best.numbers, "partial": True}
