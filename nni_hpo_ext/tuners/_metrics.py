"""What a trial reported to objective values, or to a named failure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.types import Direction, Objective, TrialStatus

__all__ = ["Outcome", "objectives_from_config", "objectives_from_report", "read_report"]

DEFAULT = "default"
MAXIMIZE = "maximize"  # the older form: a report's list of the keys to maximise
PARTIAL = "partial"  # set by a trial that was interrupted and reports what it had


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one final report means.

    Attributes
    ----------
    status
        Completed, stopped early with partial values, or failed.
    values
        One per objective, NaN where missing; empty if failed.
    problem
        What is wrong with the report, empty if nothing is. A completed trial has a problem too
        if some of its objectives are missing.
    """

    status: TrialStatus
    values: tuple[float, ...] = ()
    problem: str = ""


def objectives_from_config(
    objectives: object, optimize_mode: object
) -> tuple[Objective, ...] | None:
    """Read the class arguments that declare objectives.

    Parameters
    ----------
    objectives
        ``{name: "maximize" or "minimize"}``, in order of importance, or None.
    optimize_mode
        Direction of the single objective ``default`` if ``objectives`` is None.

    Returns
    -------
    tuple of Objective or None
        None if nothing is declared, so that the first report may.

    Raises
    ------
    ConfigError
        If an argument is malformed.
    """
    if optimize_mode not in ("maximize", "minimize"):
        raise ConfigError(
            f"optimize_mode {optimize_mode!r} is not allowed: give 'maximize' or 'minimize'"
        )
    if objectives is None:
        return None
    if not isinstance(objectives, Mapping) or not objectives:
        raise ConfigError(
            f"objectives {objectives!r} is not allowed: give a mapping such as "
            "{default: maximize, runtime: minimize}"
        )
    return tuple(Objective(name, direction) for name, direction in objectives.items())


def objectives_from_report(value: object) -> tuple[Objective, ...] | None:
    """Read the objectives that a report in the older form declares; None if it does not.

    The keys listed under ``maximize`` are maximised, all other numbers are minimised.
    """
    if not isinstance(value, Mapping) or not _is_names(value.get(MAXIMIZE)):
        return None
    maximized = value[MAXIMIZE]
    names = [n for n in value if n == DEFAULT or n in maximized]
    names += [n for n, v in value.items() if n not in (*names, MAXIMIZE, PARTIAL) and _number(v)]
    directions: dict[bool, Direction] = {True: "maximize", False: "minimize"}
    return tuple(Objective(str(n), directions[n in maximized]) for n in names) or None


def read_report(value: object, objectives: Sequence[Objective], declared: bool) -> Outcome:
    """Read a final report.

    Parameters
    ----------
    value
        What the trial handed to ``nni.report_final_result``, whatever it is.
    objectives
        The objectives, in order.
    declared
        Whether a config or an earlier report declared them, so that a report's ``maximize`` must
        agree.
    """
    if not isinstance(value, Mapping):
        # A plain value stands for the one objective, or else for the one that NNI shows.
        name = objectives[0].name if len(objectives) == 1 else DEFAULT
        value = {name: value}
    contradiction = _contradiction(value, objectives) if declared else ""
    if contradiction:
        return Outcome(TrialStatus.FAILED, problem=contradiction)
    numbers = [_number(value.get(o.name)) for o in objectives]
    problems = [
        f"objective {o.name!r} {_describe(value, o.name)}"
        for o, number in zip(objectives, numbers, strict=True)
        if number is None
    ]
    problem = "; ".join(problems)
    if len(problems) == len(objectives):
        return Outcome(TrialStatus.FAILED, problem=problem)
    values = tuple(math.nan if n is None else n for n in numbers)
    if value.get(PARTIAL):
        return _partial(values, problem)
    return Outcome(TrialStatus.COMPLETED, values, problem)


def _partial(values: tuple[float, ...], problem: str) -> Outcome:
    """Keep of an interrupted trial the first objective only.

    What it reached so far bounds what it would have reached. Others, such as its running time,
    are small just because it was stopped, and would look good.
    """
    kept = (values[0], *(math.nan for _ in values[1:]))
    if math.isnan(values[0]):
        return Outcome(TrialStatus.FAILED, problem=problem)
    return Outcome(TrialStatus.STOPPED, kept, problem)


def _contradiction(value: Mapping[Any, Any], objectives: Sequence[Objective]) -> str:
    """Say where a report's ``maximize`` disagrees with the declared directions."""
    if MAXIMIZE not in value:
        return ""
    maximized = value[MAXIMIZE]
    if not _is_names(maximized):
        return f"key 'maximize' holds {maximized!r:.60}; list the objectives to maximise"
    wrong = [
        o.name
        for o in objectives
        if o.name in value and (o.direction == "maximize") != (o.name in maximized)
    ]
    if not wrong:
        return ""
    declared = ", ".join(f"{o.name}: {o.direction}" for o in objectives)
    return (
        f"'maximize': {maximized!r} contradicts the declared objectives ({declared}) "
        f"for {', '.join(wrong)}; leave 'maximize' out of the report"
    )


def _is_names(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(n, str) for n in value)


def _number(value: object) -> float | None:
    """Return a finite number as a float, None for anything else (booleans are flags)."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _describe(value: Mapping[Any, Any], name: str) -> str:
    return f"is {value[name]!r:.60}, not a finite number" if name in value else "is missing"
