"""Write a study as one of Optuna."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import DataError, SearchSpaceError
from nni_hpo_ext.export._trial import curve, notes, parameters, requires, seconds, writing
from nni_hpo_ext.space import Choice, Domain, Integer, Normal, SearchSpace, Uniform, is_number
from nni_hpo_ext.study import End, Study, TrialRecord

__all__ = ["to_optuna"]

_STATES = {End.SUCCEEDED: "COMPLETE", End.STOPPED: "PRUNED"}


def to_optuna(study: Study, path: Path) -> str:
    """Write a study into an SQLite storage of Optuna; return the command that shows it.

    Stopped trials are pruned ones. Trials that have not ended are left out. Where branches of a
    nested choice share a name, or trials lie outside the space, a distribution covers all of them.

    Parameters
    ----------
    study
        The study.
    path
        The file; other studies in it are kept.

    Raises
    ------
    MissingDependencyError
        If Optuna is not installed.
    DataError
        If the file holds a study of this name, or cannot be written.

    Examples
    --------
    >>> from nni_hpo_ext.export import to_optuna
    >>> from nni_hpo_ext.study import load_study
    >>> to_optuna(load_study("latest"), Path("study.db"))  # doctest: +SKIP
    'optuna-dashboard sqlite:///study.db'
    """
    optuna = requires("Optuna", "optuna", _import)
    url = f"sqlite:///{path}"
    with writing("Optuna", path):
        if path.exists() and study.id in optuna.get_all_study_names(url):
            raise DataError(f"{path} holds a study {study.id}; give another --out")
        new = optuna.create_study(
            study_name=study.id,
            storage=url,
            directions=[goal.direction for goal in study.objectives],
        )
        with warnings.catch_warnings():  # that this function is experimental
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            new.set_metric_names([goal.name for goal in study.objectives])
        over = [trial for trial in study.trials if trial.end.over]
        distributions = _distributions(optuna, study, over)
        new.add_trials([_trial(optuna, study, trial, distributions) for trial in over])
    return f"optuna-dashboard {url}"


def _import() -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _trial(optuna: Any, study: Study, trial: TrialRecord, distributions: dict[str, Any]) -> Any:
    params = parameters(trial)
    names = [goal.name for goal in study.objectives]
    complete = all(name in trial.values for name in names)
    state = _STATES.get(trial.end, "FAIL") if complete or trial.end is End.STOPPED else "FAIL"
    made = optuna.trial.create_trial(
        state=optuna.trial.TrialState[state],
        values=[trial.values[name] for name in names] if state == "COMPLETE" else None,
        params=params,
        distributions={name: distributions[name] for name in params},
        user_attrs={**notes(trial), "number": trial.number},
        intermediate_values={
            step: values[names[0]] for step, _, values in curve(trial) if names[0] in values
        },
    )
    made.datetime_start, made.datetime_complete = map(datetime.fromtimestamp, seconds(study, trial))
    return made


def _distributions(optuna: Any, study: Study, trials: Iterable[TrialRecord]) -> dict[str, Any]:
    """Return a distribution for each parameter that trials have; Optuna wants one for all."""
    domains: dict[str, list[Domain]] = {}
    for dim in _dimensions(study):
        domains.setdefault(".".join(dim.path[::2]), []).append(dim.domain)
    values: dict[str, list[Any]] = {}
    for trial in trials:
        for name, value in parameters(trial).items():
            values.setdefault(name, []).append(value)
    return {name: _distribution(optuna, domains.get(name, []), v) for name, v in values.items()}


def _dimensions(study: Study) -> Sequence[Any]:
    try:
        return SearchSpace(study.space).dimensions
    except SearchSpaceError:
        return ()


def _distribution(optuna: Any, domains: Sequence[Domain], values: Sequence[Any]) -> Any:
    kinds = optuna.distributions
    choices = [o for d in domains if isinstance(d, Choice) for o in d.options]
    if choices or not all(map(is_number, values)):
        scalars = [o for o in choices if not isinstance(o, (list, dict))]
        return kinds.CategoricalDistribution(
            list({repr(o): o for o in [*scalars, *values]}.values())
        )
    bounds = [b for d in domains for b in _bounds(d)]
    low, high = min([*bounds, *values]), max([*bounds, *values])
    if all(isinstance(d, Integer) for d in domains) and all(isinstance(v, int) for v in values):
        return kinds.IntDistribution(low, high)
    log = bool(domains) and low > 0 and all(getattr(d, "log", False) for d in domains)
    return kinds.FloatDistribution(low, high, log=log)


def _bounds(domain: Domain) -> list[float]:
    if isinstance(domain, Integer):
        return [domain.low, domain.high - 1]
    if isinstance(domain, Normal):
        return []
    assert isinstance(domain, Uniform)
    return [x for x in (domain.low, domain.high) if math.isfinite(x)]
