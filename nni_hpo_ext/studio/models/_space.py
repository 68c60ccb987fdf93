"""The search space and the config of a study."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.studio.models._catalogue import default_options, feature_sets, model_named
from nni_hpo_ext.studio.models._cluster import cluster_settings
from nni_hpo_ext.studio.models._hardware import hardware_defaults, hardware_options
from nni_hpo_ext.studio.models._pretrained import SIDE, PretrainedNetwork

__all__ = ["SEARCHES", "StudyPlan", "first_configurations", "search_space", "study_config"]

SEARCHES: Mapping[str, str] = {
    "Diversified": "Bayesian: learns from each trial what to try next",
    "Dragonfly": "Bayesian with two objectives: accuracy and training time",
    "EvolutionTuner": "Evolution: changes the best configurations so far",
    "Grid": "Grid: every combination on a grid, in order",
    "RandomSearch": "Random: the baseline",
}
"""Tuners that a study can use, and what each does."""

# Richer features, and the options that suit them.
_RICH: Mapping[str, Mapping[str, Any]] = {
    "fisher": {"mirror": 1, "gamma": 1.0},
    "everything": {"mirror": 1},
}


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """The choices of a user for a study.

    Attributes
    ----------
    name
        Name of the study.
    data
        Folder of the image set.
    models
        Names of the models to search.
    search
        Tuner, of `SEARCHES`.
    minutes
        Time limit of the search, in minutes.
    trials
        Largest number of trials.
    parallel
        Trials at the same time.
    goal
        Accuracy on the validation part at which the search ends; 0 for none.
    epochs
        Epochs of a deep model.
    seed
        Seed of the tuner.
    size
        Side of the images, in pixels; 0 for that of the image set.
    start_from
        Directory of an earlier experiment to learn from; empty for none.
    early_stop
        Whether hopeless trials of deep models are stopped early.
    hardware
        Whether the hardware parameters of deep models are searched, too.
    workers, ssh_key, address
        Machines on which trials run; see `cluster_settings`.
    weights
        Pretrained network, see `nni_hpo_ext.trial.pretrained.pretrained`; empty for none.
    network_size
        Side of the images that it gets, in pixels.
    """

    name: str
    data: Path
    models: Sequence[str] = field(default_factory=lambda: ("svm", "forest", "logistic"))
    search: str = "Diversified"
    minutes: float = 5.0
    trials: int = 100
    parallel: int = 2
    goal: float = 0.0
    epochs: int = 15
    seed: int = 0
    size: int = 0
    start_from: str = ""
    early_stop: bool = True
    hardware: bool = False
    workers: str = ""
    ssh_key: str = ""
    address: str = ""
    weights: str = ""
    network_size: int = SIDE


def search_space(models: Sequence[str], size: int, *, pretrained: bool = False) -> dict[str, Any]:
    """Return one space over several models: each has its own parameters.

    Parameters
    ----------
    models
        Their names.
    size
        Side of the images, in pixels.
    pretrained
        Whether there is a pretrained network.

    Raises
    ------
    ConfigError
        If there is no model, a name is unknown, the images are too small for a model, or it needs
        a pretrained network.
    """
    if not models:
        raise ConfigError("choose at least one model")
    options: list[dict[str, Any]] = []
    for entry in map(model_named, models):
        if size < entry.least:
            raise ConfigError(
                f"{entry.title} needs images of at least {entry.least} pixels, these have {size}; "
                "choose another model, or a larger size"
            )
        if entry.is_pretrained and not pretrained:
            raise ConfigError(f"{entry.title} needs weights; choose them, or give their file")
        sets = feature_sets(entry, size, pretrained=pretrained)
        features = {"features": {"_type": "choice", "_value": list(sets)}} if sets else {}
        options.append({"_name": entry.name, **features, **entry.options})
    return {"model": {"_type": "choice", "_value": options}}


def first_configurations(
    models: Sequence[str], size: int, *, pretrained: bool = False
) -> list[dict[str, Any]]:
    """Return the configurations to try first: the defaults, cheap and strong models first.

    The support vector machine and logistic regression also start with richer features, and the
    former with the mirrored training images, too.
    """
    entries = sorted(map(model_named, models), key=lambda entry: entry.rank)
    first = [
        {"_name": entry.name, **default_options(entry, size, pretrained=pretrained)}
        for entry in entries
    ]
    rich = [
        {**given, "features": features, **{k: v for k, v in suited.items() if k in given}}
        for features, suited in _RICH.items()
        for entry, given in zip(entries, first, strict=True)
        if entry.name in ("svm", "logistic") and features in feature_sets(entry, size)
    ]
    return [{"model": given} for given in (*first, *rich)]


def study_config(plan: StudyPlan, size: int) -> dict[str, Any]:
    """Return the NNI config of a study; ``nnictl create`` runs it as it is.

    Parameters
    ----------
    plan
        The user's choices.
    size
        Side of the images, in pixels.

    Raises
    ------
    ConfigError
        If a choice is not possible.
    """
    if plan.search not in SEARCHES:
        raise ConfigError(f"search must be one of {', '.join(SEARCHES)}, got {plan.search!r}")
    if plan.search == "Dragonfly":
        goals: dict[str, Any] = {"objectives": {"default": "maximize", "runtime": "minimize"}}
    else:
        goals = {} if plan.search == "Grid" else {"optimize_mode": "maximize"}
    network = PretrainedNetwork.named(plan.weights, plan.network_size)
    arguments: dict[str, Any] = {**goals, "seed": plan.seed}
    if plan.search == "Grid":
        arguments.pop("seed")
    else:
        arguments["start_from"] = plan.start_from or first_configurations(
            plan.models, size, pretrained=network is not None
        )
    config: dict[str, Any] = {
        "experimentName": plan.name,
        "searchSpace": search_space(plan.models, size, pretrained=network is not None),
        "trialCommand": _command(plan, size),
        "trialCodeDirectory": ".",
        "trialConcurrency": plan.parallel,
        "maxTrialNumber": plan.trials,
        "maxExperimentDuration": f"{max(1, round(plan.minutes * 60))}s",
        "tuner": {"name": plan.search, "classArgs": arguments},
    }
    if plan.early_stop and any(model_named(name).kind == "deep" for name in plan.models):
        config["assessor"] = {
            "name": "MedianStopAssessor",
            "classArgs": {"optimize_mode": "maximize", "start_step": 3},
        }
    if plan.hardware:
        _add_hardware(config, _threads(plan))
    return {**config, **cluster_settings(plan.workers, plan.ssh_key, plan.address)}


def _threads(plan: StudyPlan) -> int:
    return max(1, (os.cpu_count() or 1) // plan.parallel)


def _add_hardware(config: dict[str, Any], threads: int) -> None:
    """Add the hardware parameters to the deep models of a config, and to where they start."""
    for model in config["searchSpace"]["model"]["_value"]:
        if model_named(model["_name"]).kind == "deep":
            model.update(hardware_options(threads))
    starts = config["tuner"]["classArgs"].get("start_from")
    for start in starts if isinstance(starts, list) else ():
        if model_named(start["model"]["_name"]).kind == "deep":
            start["model"].update(hardware_defaults(threads))


def _command(plan: StudyPlan, size: int) -> str:
    words = ["exec", "python3", "-m", "nni_hpo_ext.studio.trial"]
    words += ["--data-dir", str(plan.data.absolute()), "--size", str(size)]
    words += ["--epochs", str(plan.epochs), "--threads", str(_threads(plan))]
    if plan.weights:
        words += ["--weights", plan.weights, "--network-size", str(plan.network_size)]
    return shlex.join(words)
