"""Read the reports of trials.

Tuners, assessors, `run`, `watch`, `report`, `export`, `compare` and `audit` all use this module,
so that they agree on values and on reasons of failure.

A final report is a number or a mapping from names to numbers. A plain number is the value of the
only objective, or of ``default``, which NNI shows. Two keys are special: ``maximize`` names the
objectives to maximise (the older form, which also declares them), and ``partial`` marks the result
of an interrupted trial: true, or the names of the values that were still changing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nni_hpo_ext.arguments import one_of
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.types import Direction, Objective, TrialStatus

__all__ = [
    "DEFAULT",
    "NO_RESULT",
    "FinalReading",
    "IntermediateReading",
    "direction",
    "objectives_from_config",
    "objectives_from_report",
    "objectives_of_tuner",
    "read_final",
    "read_intermediate",
]

DEFAULT = "default"  # the objective that NNI's WebUI ranks by
NO_RESULT = "ended without a final result; call nni.report_final_result"
_MAXIMIZE = "maximize"
_PARTIAL = "partial"
_ASPECTS = ("direction", "label", "unit")  # of an objective in a config
_LONGEST = 60  # characters of a quoted value


@dataclass(frozen=True, slots=True)
class FinalReading:
    """Content of a final report.

    Attributes
    ----------
    status
        Completed, stopped early with partial values, or failed.
    values
        One per objective, NaN where missing; empty if failed.
    problem
        What is wrong with the report, or an empty string. A completed trial has a problem, too,
        if some of its objectives are missing.
    numbers
        Every finite number in the report, by name. A partial one lacks objectives after the first
        that may be small only because the trial was interrupted, as its running time is.
    unusable
        All other entries, by name, as short text.
    """

    status: TrialStatus
    values: tuple[float, ...] = ()
    problem: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IntermediateReading:
    """Content of an intermediate report.

    Attributes
    ----------
    values
        One per objective: None where missing, NaN where it is not a finite number.
    numbers
        Every finite number in the report, by name.
    """

    values: tuple[float | None, ...]
    numbers: Mapping[str, float]

    @property
    def value(self) -> float:
        """The first objective's, NaN if there is none."""
        return math.nan if self.values[0] is None else self.values[0]


def direction(optimize_mode: object) -> Direction:
    """Return the checked class argument ``optimize_mode``.

    Raises
    ------
    ConfigError
        If it is neither ``"maximize"`` nor ``"minimize"``.

    Examples
    --------
    >>> direction("minimize")
    'minimize'
    """
    return one_of("optimize_mode", optimize_mode, ("maximize", "minimize"))  # type: ignore[return-value]


def objectives_from_config(
    objectives: object, optimize_mode: object
) -> tuple[Objective, ...] | None:
    """Read the class arguments that declare objectives.

    Parameters
    ----------
    objectives
        ``{name: "maximize" or "minimize"}``, in order of importance, or None. A mapping in place of
        a direction adds a label and a unit for the report:
        ``{name: {"direction": "maximize", "label": "accuracy", "unit": "%"}}``.
    optimize_mode
        Direction of the single objective ``default`` if ``objectives`` is None.

    Returns
    -------
    tuple of Objective or None
        None if nothing is declared; the first report may then declare them.

    Raises
    ------
    ConfigError
        If an argument is malformed.

    Examples
    --------
    >>> [o.name for o in objectives_from_config({"acc": "maximize", "ms": "minimize"}, "maximize")]
    ['acc', 'ms']
    """
    direction(optimize_mode)
    if objectives is None:
        return None
    if not isinstance(objectives, Mapping) or not objectives:
        raise ConfigError(
            "objectives must be a mapping such as {default: maximize, runtime: minimize}, "
            f"got {objectives!r}"
        )
    return tuple(_objective(name, goal) for name, goal in objectives.items())


def _objective(name: str, goal: object) -> Objective:
    if not isinstance(goal, Mapping):
        return Objective(name, goal)  # type: ignore[arg-type]  # the class checks it
    unknown = [str(key) for key in goal if key not in _ASPECTS]
    if unknown:
        raise ConfigError(
            f"objective {name!r}: unknown key {unknown[0]!r}; use {', '.join(_ASPECTS)}"
        )
    return Objective(name, **{"direction": None, **goal})


def objectives_of_tuner(config: Mapping[str, Any]) -> tuple[Objective, ...] | None:
    """Read the objectives that the tuner of an experiment's config declares, None if it does not.

    Examples
    --------
    >>> goals = objectives_of_tuner({"tuner": {"classArgs": {"objectives": {"loss": "minimize"}}}})
    >>> [(goal.name, goal.direction) for goal in goals]
    [('loss', 'minimize')]
    """
    given = ((config.get("tuner") or {}).get("classArgs") or {}).get("objectives")
    try:
        return objectives_from_config(given, "maximize")
    except ConfigError:  # the tuner rejects it, or uses the argument for something else
        return None


def objectives_from_report(value: object) -> tuple[Objective, ...] | None:
    """Read the objectives that a report in the older form declares, None if there are none.

    The objectives under ``maximize`` are maximised and come first, together with ``default``; all
    other numbers are minimised.

    Examples
    --------
    >>> found = objectives_from_report({"loss": 1.0, "acc": 0.8, "maximize": ["acc"]})
    >>> [(o.name, o.direction) for o in found]
    [('acc', 'maximize'), ('loss', 'minimize')]
    """
    maximized = _names(value.get(_MAXIMIZE)) if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or maximized is None:
        return None
    names = [n for n in value if n == DEFAULT or n in maximized]
    names += [n for n, v in _entries(value).items() if n not in names and _number(v) is not None]
    directions: dict[bool, Direction] = {True: "maximize", False: "minimize"}
    return tuple(Objective(str(n), directions[n in maximized]) for n in names if n) or None


def read_final(value: object, objectives: Sequence[Objective], declared: bool) -> FinalReading:
    """Read a final report.

    Parameters
    ----------
    value
        The argument of ``nni.report_final_result``, of any type.
    objectives
        The objectives, in order.
    declared
        Whether a config or an earlier report declared them. The report's ``maximize`` must then
        agree.

    Examples
    --------
    >>> goals = (Objective("default", "maximize"), Objective("seconds", "minimize"))
    >>> read_final({"default": 0.9, "seconds": 12}, goals, declared=True).values
    (0.9, 12.0)
    >>> read_final({"default": float("nan")}, goals[:1], declared=True).problem
    "objective 'default' is nan, not a finite number"
    """
    names = [o.name for o in objectives]
    report = value if isinstance(value, Mapping) else {_plain_name(names): value}
    numbers, unusable = _sorted(report)
    problem = _contradiction(report, objectives) if declared else ""
    if problem:
        return FinalReading(TrialStatus.FAILED, (), problem, numbers, unusable)
    missing = [o.name for o in objectives if o.name not in numbers]
    problem = "; ".join(f"objective {name!r} {_lack(unusable, name)}" for name in missing)
    partial = report.get(_PARTIAL)
    if partial:
        unfinished = {o.name for o in objectives[1:]}
        if isinstance(partial, (list, tuple)):
            unfinished &= {str(name) for name in partial}
        numbers = {name: number for name, number in numbers.items() if name not in unfinished}
    known = objectives[:1] if partial else objectives
    if not any(o.name in numbers for o in known):
        return FinalReading(TrialStatus.FAILED, (), problem, numbers, unusable)
    values = tuple(numbers.get(o.name, math.nan) for o in objectives)
    status = TrialStatus.STOPPED if partial else TrialStatus.COMPLETED
    return FinalReading(status, values, problem, numbers, unusable)


def read_intermediate(value: object, names: Sequence[str]) -> IntermediateReading:
    """Read an intermediate report.

    Parameters
    ----------
    value
        What the trial handed to ``nni.report_intermediate_result``, whatever it is.
    names
        The objectives, in order.

    Examples
    --------
    >>> read_intermediate({"default": 0.5, "loss": 1.5}, ["loss", "seconds"]).values
    (1.5, None)
    """
    report = value if isinstance(value, Mapping) else {_plain_name(names): value}
    numbers, unusable = _sorted(report)
    values = tuple(numbers.get(n, math.nan if n in unusable else None) for n in names)
    return IntermediateReading(values, numbers)


def _plain_name(names: Sequence[str]) -> str:
    """Return what a plain value stands for: the one objective, or the one that NNI shows."""
    return names[0] if len(names) == 1 else DEFAULT


def _entries(report: Mapping[Any, Any]) -> dict[Any, Any]:
    return {name: entry for name, entry in report.items() if name not in (_MAXIMIZE, _PARTIAL)}


def _sorted(report: Mapping[Any, Any]) -> tuple[dict[str, float], dict[str, str]]:
    """Split a report's entries into finite numbers and the text of all others."""
    numbers: dict[str, float] = {}
    unusable: dict[str, str] = {}
    for name, entry in _entries(report).items():
        number = _number(entry)
        if number is None:
            unusable[str(name)] = _short(entry)
        else:
            numbers[str(name)] = number
    return numbers, unusable


def _contradiction(report: Mapping[Any, Any], objectives: Sequence[Objective]) -> str:
    """Describe how a report's ``maximize`` contradicts the declared directions."""
    if _MAXIMIZE not in report:
        return ""
    maximized = _names(report[_MAXIMIZE])
    if maximized is None:
        return f"key 'maximize' is {_short(report[_MAXIMIZE])}; list the objectives to maximise"
    wrong = [
        o.name
        for o in objectives
        if o.name in report and (o.direction == "maximize") != (o.name in maximized)
    ]
    if not wrong:
        return ""
    declared = ", ".join(f"{o.name}: {o.direction}" for o in objectives)
    return (
        f"'maximize': {list(maximized)!r} contradicts the declared objectives ({declared}) "
        f"for {', '.join(wrong)}; leave 'maximize' out of the report"
    )


def _names(value: object) -> tuple[str, ...] | None:
    """Return the names under ``maximize``, one or a list; None if it is something else."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple)) and all(isinstance(n, str) for n in value):
        return tuple(value)
    return None


def _number(value: object) -> float | None:
    """Return a finite number as a float, None for anything else (booleans are flags)."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _lack(unusable: Mapping[str, str], name: str) -> str:
    return f"is {unusable[name]}, not a finite number" if name in unusable else "is missing"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
