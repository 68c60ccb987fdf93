"""Which quantities an experiment optimises, and in which direction."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from nni_hpo_ext.experiment._records import TrialRecord
from nni_hpo_ext.experiment._values import DEFAULT
from nni_hpo_ext.types import Direction, Objective

__all__ = ["objectives"]


def objectives(
    config: Mapping[str, Any], trials: Iterable[TrialRecord] = ()
) -> tuple[Objective, ...]:
    """Return the objectives of an experiment; the first one ranks.

    They come from the tuner's ``objectives``; else from a result that names them itself under
    ``maximize``; else there is the single ``default`` with the tuner's ``optimize_mode``, given
    or its own default, or at last ``maximize``, which is how NNI's WebUI ranks.

    Parameters
    ----------
    config
        The experiment's config, in NNI's v2 form.
    trials
        What is known so far.
    """
    tuner = config.get("tuner") or {}
    given = (tuner.get("classArgs") or {}).get("objectives")
    if isinstance(given, Mapping) and given:
        return _default_first(Objective(str(n), d) for n, d in given.items())
    for trial in trials:
        if trial.maximize is not None and trial.values:
            named = trial.maximize
            return _default_first(
                Objective(n, "maximize" if n in named else "minimize") for n in trial.values
            )
    return (Objective(DEFAULT, _mode(config)),)


def _default_first(found: Iterable[Objective]) -> tuple[Objective, ...]:
    """Put ``default`` in front: NNI and its WebUI rank by it."""
    return tuple(sorted(found, key=lambda o: o.name != DEFAULT))


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
    module, _, name = meta.class_name.rpartition(".")
    try:
        parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    except (ImportError, AttributeError, ValueError):
        return None
    mode = parameters.get("optimize_mode")
    return None if mode is None else mode.default
