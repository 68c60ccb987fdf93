"""What each run came to, and what can be said of the tuners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nni_hpo_ext.compare._groups import Group, Task
from nni_hpo_ext.compare._volumes import front_volumes
from nni_hpo_ext.render.statistics import (
    SIGNIFICANT,
    Estimate,
    against_best,
    mean_interval,
    median_interval,
    paired_p,
    unpaired_p,
)
from nni_hpo_ext.study import Study, progress
from nni_hpo_ext.types import Objective

__all__ = ["Comparison", "RunResult", "TunerStanding", "compare"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run.

    Attributes
    ----------
    study
        The run.
    steps
        (seconds since its start, best value) wherever the best value improved.
    """

    study: Study
    steps: tuple[tuple[float, float], ...]

    @property
    def best(self) -> float:
        """The best value of a trial that succeeded, NaN without one."""
        return self.steps[-1][1] if self.steps else math.nan

    @property
    def seconds_to_best(self) -> float:
        """Seconds until that trial ended, infinity without one."""
        return self.steps[-1][0] if self.steps else math.inf

    def seconds_to(self, value: float, goal: Objective) -> float:
        """Return the seconds until a value was reached, infinity if it never was."""
        reached = (s for s, best in self.steps if goal.sign * best <= goal.sign * value)
        return next(reached, math.inf)


@dataclass(frozen=True, slots=True)
class TunerStanding:
    """One tuner on one task.

    Attributes
    ----------
    group
        The tuner and its runs.
    results
        What each run came to.
    best
        Mean of the best values, Student's interval; NaN where no run has one.
    seconds_to_best
        Median time to it, bootstrap interval.
    seconds_to_common
        Median time to the value that every run with a result came to.
    volume
        Mean hypervolume of the Pareto fronts, Student's interval; None with one objective.
    leads
        Whether its mean is the best.
    p
        Probability of so large a difference to that one by chance, after Holm; None for itself,
        and where one of both has a single run.
    """

    group: Group
    results: tuple[RunResult, ...]
    best: Estimate
    seconds_to_best: Estimate
    seconds_to_common: Estimate
    volume: Estimate | None
    leads: bool
    p: float | None

    @property
    def worse(self) -> bool:
        """Whether it is shown to be worse than the best one."""
        return self.p is not None and self.p < SIGNIFICANT


@dataclass(frozen=True, slots=True)
class Comparison:
    """The tuners on one task, the best mean first.

    Attributes
    ----------
    task
        The task.
    standings
        The tuners.
    common
        The value that every run with a result came to, NaN without any.
    paired
        Whether the runs were compared seed by seed.
    """

    task: Task
    standings: tuple[TunerStanding, ...]
    common: float
    paired: bool

    @property
    def tested(self) -> bool:
        """Whether there were runs enough to compare any two tuners."""
        return any(s.p is not None for s in self.standings)


def compare(task: Task) -> Comparison:
    """Compare the tuners of a task by the best value that each run found."""
    goal = task.goal
    results = [tuple(result(study, goal) for study in g.studies) for g in task.groups]
    found = [o.best for of_one in results for o in of_one if o.steps]
    common = max(found, key=lambda value: goal.sign * value, default=math.nan)
    losses = [[_loss(o, goal) for o in of_one] for of_one in results]
    paired = _same_seeds(task)
    order = sorted(range(len(losses)), key=lambda i: float(np.mean(losses[i])))
    ps = _ps(losses, order[0], paired)
    volumes = front_volumes(task)
    standings = tuple(
        TunerStanding(
            task.groups[i],
            results[i],
            best=_mean([o.best for o in results[i] if o.steps]),
            seconds_to_best=_median([o.seconds_to_best for o in results[i]]),
            seconds_to_common=_median([o.seconds_to(common, goal) for o in results[i]]),
            volume=_mean(volumes[i]) if volumes else None,
            leads=i == order[0],
            p=ps[i],
        )
        for i in order
    )
    return Comparison(task, standings, common, paired)


def result(study: Study, goal: Objective) -> RunResult:
    """Return when the best value of a run improved, and to what."""
    steps: list[tuple[float, float]] = []
    for step in progress(study, goal):
        if not math.isnan(step.best) and (not steps or step.best != steps[-1][1]):
            steps.append((step.seconds, step.best))
    return RunResult(study, tuple(steps))


def _loss(result: RunResult, goal: Objective) -> float:
    return goal.sign * result.best if result.steps else math.inf


def _same_seeds(task: Task) -> bool:
    """Whether all tuners were simulated with the same seeds, in the same order."""
    if not all(study.simulated for study in task.studies):
        return False
    seeds = [[s.config["simulation"]["seed"] for s in group.studies] for group in task.groups]
    return all(of_one == seeds[0] for of_one in seeds)


def _ps(losses: Sequence[Sequence[float]], best: int, paired: bool) -> list[float | None]:
    """Compare every tuner that has several runs with the best one, if that has several."""
    able = [i for i, of_one in enumerate(losses) if len(of_one) > 1]
    if best not in able:
        return [None] * len(losses)
    ps = against_best(
        [losses[i] for i in able], able.index(best), paired_p if paired else unpaired_p
    )
    found = dict(zip(able, ps, strict=True))
    return [found.get(i) for i in range(len(losses))]


def _mean(values: Sequence[float]) -> Estimate:
    return Estimate(float(np.mean(values)) if values else math.nan, mean_interval(values))


def _median(values: Sequence[float]) -> Estimate:
    # Of an even number the upper middle one: a mean with infinity would be none of the values.
    return Estimate(sorted(values)[len(values) // 2], median_interval(values))
