"""Suggestions and results of each arm (component) of the tuner."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from nni_hpo_ext.study import End, Step, Study

__all__ = ["ArmResult", "arms"]


@dataclass(frozen=True, slots=True)
class ArmResult:
    """Results of one arm.

    Attributes
    ----------
    name
        Name of the arm.
    suggested
        Number of suggestions, including those that did not become a trial.
    succeeded
        Number of successful trials.
    best
        Best value of the first objective among them, NaN if there is none.
    improvements
        How often one of them was the best so far.
    earned
        Cumulative improvement of the best value, in units of the objective, as (finished trials,
        sum) at each improvement.
    seconds
        Median time of a suggestion in seconds, None if it was not measured.
    """

    name: str
    suggested: int
    succeeded: int
    best: float
    improvements: int
    earned: tuple[tuple[int, float], ...]
    seconds: float | None


def arms(study: Study, steps: Sequence[Step]) -> tuple[ArmResult, ...]:
    """Return the arms in the order of their first suggestion; empty without a journal.

    Parameters
    ----------
    study
        The study.
    steps
        Progress of the study in the first objective.
    """
    earned = _earned(steps)
    names = dict.fromkeys(t.proposal.arm for t in study.trials if t.proposal is not None)
    return tuple(_arm(study, name, earned[name]) for name in {**study.journal.arms, **names})


def _earned(steps: Sequence[Step]) -> dict[str, list[tuple[int, float]]]:
    earned: dict[str, list[tuple[int, float]]] = defaultdict(list)
    before = math.nan
    for step in steps:
        if step.best != before and not math.isnan(before) and step.trial.proposal is not None:
            history = earned[step.trial.proposal.arm]
            total = history[-1][1] if history else 0.0
            history.append((step.count, total + abs(step.best - before)))
        before = step.best
    return earned


def _arm(study: Study, name: str, earned: Sequence[tuple[int, float]]) -> ArmResult:
    goal = study.objectives[0]
    own = [t for t in study.trials if t.proposal is not None and t.proposal.arm == name]
    values = [t.values[goal.name] for t in own if t.end is End.SUCCEEDED and goal.name in t.values]
    seconds = [t.proposal.seconds for t in own if t.proposal and t.proposal.seconds is not None]
    return ArmResult(
        name=name,
        suggested=study.journal.arms.get(name, len(own)),
        succeeded=len(values),
        best=min(values, key=lambda v: goal.sign * v, default=math.nan),
        improvements=len(earned),
        earned=tuple(earned),
        seconds=median(seconds) if seconds else None,
    )
