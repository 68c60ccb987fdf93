"""Find the objectives of an experiment and their directions."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nni_hpo_ext.metrics import DEFAULT, objectives_from_report, objectives_of_tuner
from nni_hpo_ext.types import Direction, Objective

__all__ = ["objectives"]

_LONGEST_LABEL = 40
_UNITS = {
    "runtime": "s",
    "step_seconds": "s",
    "startup_seconds": "s",
    "peak_memory_mb": "MiB",
}  # of `TrialReport`


def objectives(
    config: Mapping[str, Any], finals: Iterable[Any] = ()
) -> tuple[tuple[Objective, ...], bool]:
    """Return the objectives of an experiment, the ranking one first, and whether they are declared.

    They come from the tuner's ``objectives``, else from the first result that declares them under
    ``maximize``. Otherwise the only objective is ``default``, with the tuner's ``optimize_mode``
    (given, or the tuner's default), or finally ``maximize``, as in NNI's WebUI. If the config gives
    ``default`` no label, it is the ``metric`` that a result names.

    Parameters
    ----------
    config
        The experiment's config, in NNI's v2 form.
    finals
        Final results as reported, in order.

    Examples
    --------
    >>> config = {"tuner": {"classArgs": {"objectives": {"loss": "minimize", "acc": "maximize"}}}}
    >>> goals, declared = objectives(config)
    >>> [goal.name for goal in goals], declared
    (['loss', 'acc'], True)
    """
    finals = list(finals)
    declared = objectives_of_tuner(config)
    for value in () if declared else finals:
        declared = objectives_from_report(value)
        if declared:
            break
    goals = declared or (Objective(DEFAULT, _mode(config)),)
    metric = _metric(finals)
    return tuple(_labelled(goal, metric) for goal in goals), declared is not None


def _metric(finals: Sequence[Any]) -> str:
    """Return the metric that the first `TrialReport` among the results names, or nothing."""
    named = (value.get("metric") for value in finals if isinstance(value, Mapping))
    return next((name[:_LONGEST_LABEL] for name in named if isinstance(name, str)), "")


def _labelled(goal: Objective, metric: str) -> Objective:
    """Return an objective with the label and the unit that `TrialReport` gives its values."""
    if not metric:
        return goal
    label = goal.label or (metric if goal.name == DEFAULT else "")
    return replace(goal, label=label, unit=goal.unit or _UNITS.get(goal.name, ""))


def _mode(config: Mapping[str, Any]) -> Direction:
    for kind in ("tuner", "assessor"):
        algorithm = config.get(kind) or {}
        mode = (algorithm.get("classArgs") or {}).get("optimize_mode") or _own_mode(algorithm)
        if mode == "minimize":
            return "minimize"
        if mode == "maximize":
            break
    return "maximize"


def _own_mode(algorithm: Mapping[str, Any]) -> Any:
    """Return the default of a registered algorithm's ``optimize_mode``, None without one."""
    from nni.tools.package_utils import get_algo_meta

    meta = get_algo_meta(algorithm["name"]) if algorithm.get("name") else None
    if meta is None or not meta.class_name:
        return None
    try:
        parameters = inspect.signature(pkgutil.resolve_name(meta.class_name)).parameters
    except (ImportError, AttributeError, ValueError):
        return None
    mode = parameters.get("optimize_mode")
    return None if mode is None else mode.default
