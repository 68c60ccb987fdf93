"""Group studies by task and tuner."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from nni_hpo_ext.render.text import parameters
from nni_hpo_ext.study import Study
from nni_hpo_ext.types import Objective

__all__ = ["Group", "Task", "tasks"]

# Class arguments that belong to the run or the task, not to the tuner.
_RUN_ARGUMENTS = ("seed", "optimize_mode", "objectives", "objective")


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one tuner on one task.

    Attributes
    ----------
    tuner
        Name of the tuner, with the arguments in which it differs from others of this name.
    studies
        Its runs, in the order given.
    """

    tuner: str
    studies: tuple[Study, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A model with a search space, and the tuners that ran on it.

    Attributes
    ----------
    model
        Name of the benchmark, or of the directory of the trial code.
    goal
        The objective to compare, which is the first one.
    groups
        The tuners, in the order given.
    """

    model: str
    goal: Objective
    groups: tuple[Group, ...]

    @property
    def studies(self) -> tuple[Study, ...]:
        """All runs."""
        return tuple(study for group in self.groups for study in group.studies)


def tasks(studies: Iterable[Study], *, as_one: bool = False) -> tuple[Task, ...]:
    """Group studies by task and tuner.

    Studies belong to the same task if they share the model, the first objective, the search space
    and the trial command.

    Parameters
    ----------
    studies
        The studies to compare.
    as_one
        Only require the same first objective.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.compare import tasks
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> options = Options("branin", protocol=Protocol(repeats=2, max_trials=5))
    >>> (task,) = tasks(study_of_run(run, Path("branin.jsonl")) for run in simulate(options))
    >>> task.model, [(group.tuner, len(group.studies)) for group in task.groups]
    ('branin', [('RANDOM', 2)])
    """
    by_task: dict[tuple[str, ...], list[Study]] = defaultdict(list)
    for study in studies:
        goal = study.objectives[0]
        key = () if as_one else (_model(study), _command(study), _json(study.space))
        by_task[(goal.name, goal.direction, *key)].append(study)
    models = _distinct([_model(of_one[0]) for of_one in by_task.values()])
    return tuple(
        Task(model, of_one[0].objectives[0], _groups(of_one))
        for model, of_one in zip(models, by_task.values(), strict=True)
    )


def _model(study: Study) -> str:
    """Return the name of the trial code directory, or of the benchmark.

    Workers do not tell `nni-hpo serve` what they run.
    """
    if study.served:
        return "served trials"
    directory = study.config.get("trialCodeDirectory")
    return study.name if study.simulated or not directory else PurePath(str(directory)).name


def _command(study: Study) -> str:
    return str(study.config.get("trialCommand") or "")


def _groups(studies: Sequence[Study]) -> tuple[Group, ...]:
    by_tuner: dict[str, list[Study]] = defaultdict(list)
    for study in studies:
        by_tuner[_json([_name(study), _arguments(study), _assessor(study)])].append(study)
    firsts = [of_one[0] for of_one in by_tuner.values()]
    labels = _distinct([_label(study, firsts) for study in firsts])
    return tuple(
        Group(label, tuple(of_one)) for label, of_one in zip(labels, by_tuner.values(), strict=True)
    )


def _label(study: Study, others: Sequence[Study]) -> str:
    """Return the name of a tuner, with the arguments and the assessor in which it differs."""
    name, own = _name(study), _arguments(study)
    namesakes = [_arguments(other) for other in others if _name(other) == name]
    differing = {
        key: own[key] for key in own if any(_json(o.get(key)) != _json(own[key]) for o in namesakes)
    }
    label = f"{name} ({parameters(differing)})" if differing else name
    if len({_json(_assessor(other)) for other in others}) == 1:
        return label
    assessor = _assessor(study)
    return f"{label} with {_called(assessor)}" if assessor else f"{label} without early stopping"


def _name(study: Study) -> str:
    if study.simulated:
        return str(study.config["simulation"]["tuner"])
    return _called(study.config.get("tuner") or {}) or "no tuner"


def _called(algorithm: Mapping[str, Any]) -> str:
    """Return the name of an algorithm, or of its class without the package."""
    name = str(algorithm.get("name") or algorithm.get("className") or "")
    return name.rpartition(".")[2]


def _arguments(study: Study) -> dict[str, Any]:
    given = (study.config.get("tuner") or {}).get("classArgs") or {}
    return {key: value for key, value in given.items() if key not in _RUN_ARGUMENTS}


def _assessor(study: Study) -> Mapping[str, Any]:
    assessor = study.config.get("assessor")
    return assessor if isinstance(assessor, Mapping) else {}


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names, with numbers added to duplicates."""
    return [
        f"{name} #{1 + names[:i].count(name)}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]
