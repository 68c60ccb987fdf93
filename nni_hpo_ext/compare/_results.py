"""Results of each run, and statistical tests between tuners."""

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
    possible,
    unpaired_p,
)
from nni_hpo_ext.study import Study, progress
from nni_hpo_ext.types import Objective

__all__ = ["Comparison", "RunResult", "TunerStanding", "compare"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """Result of one run.

    Attributes
    ----------
    study
        The run.
    steps
        (seconds since the start, best value) at each improvement of the best value.
    """

    study: Study
    steps: tuple[tuple[float, float], ...]

    @property
    def best(self) -> float:
        """The best value of a successful trial, NaN if there is none."""
        return self.steps[-1][1] if self.steps else math.nan

    @property
    def seconds_to_best(self) -> float:
        """Seconds until that trial ended, infinity if there is none."""
        return self.steps[-1][0] if self.steps else math.inf

    def seconds_to(self, value: float, goal: Objective) -> float:
        """Return the seconds until a value was reached, infinity if it was not."""
        reached = (s for s, best in self.steps if goal.sign * best <= goal.sign * value)
        return next(reached, math.inf)


@dataclass(frozen=True, slots=True)
class TunerStanding:
    """Results of one tuner on one task.

    Attributes
    ----------
    group
        The tuner and its runs.
    results
        Result of each run.
    best
        Mean of the best values, with Student's interval; NaN if no run has one.
    seconds_to_best
        Median time to the best value, with a bootstrap interval.
    seconds_to_common
        Median time to the value that all runs with a result reached.
    volume
        Mean hypervolume of the Pareto fronts, with Student's interval; None for one objective.
    leads
        Whether the mean is the best of all tuners.
    p
        p value of the difference to the best tuner, after Holm's correction; None for the best
        tuner itself, and if one of both has a single run.
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
        """Whether it is significantly worse than the best tuner."""
        return self.p is not None and self.p < SIGNIFICANT


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of the tuners on one task.

    Attributes
    ----------
    task
        The task.
    standings
        The tuners, the best mean first.
    common
        The value that all runs with a result reached, NaN if there are none.
    paired
        Whether the test is paired by seed.
    """

    task: Task
    standings: tuple[TunerStanding, ...]
    common: float
    paired: bool

    @property
    def tested(self) -> bool:
        """Whether any two tuners have enough runs for a test."""
        return any(s.p is not None for s in self.standings)


def compare(task: Task) -> Comparison:
    """Compare the tuners of a task by the best value of each run.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.compare import compare, tasks
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> options = Options("branin", protocol=Protocol(repeats=2, max_trials=5))
    >>> (task,) = tasks(study_of_run(run, Path("branin.jsonl")) for run in simulate(options))
    >>> comparison = compare(task)
    >>> [(standing.group.tuner, standing.leads) for standing in comparison.standings]
    [('RANDOM', True)]
    """
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
    """Return the improvements of the best value of a run."""
    steps: list[tuple[float, float]] = []
    for step in progress(study, goal):
        if not math.isnan(step.best) and (not steps or step.best != steps[-1][1]):
            steps.append((step.seconds, step.best))
    return RunResult(study, tuple(steps))


def _loss(result: RunResult, goal: Objective) -> float:
    return goal.sign * result.best if result.steps else math.inf


def _same_seeds(task: Task) -> bool:
    """Return whether all tuners were simulated with the same seeds, in the same order."""
    if not all(study.simulated for study in task.studies):
        return False
    seeds = [[s.config["simulation"]["seed"] for s in group.studies] for group in task.groups]
    return all(of_one == seeds[0] for of_one in seeds)


def _ps(losses: Sequence[Sequence[float]], best: int, paired: bool) -> list[float | None]:
    """Return p values against the best tuner; None for tuners with a single run."""
    able = [i for i, of_one in enumerate(losses) if len(of_one) > 1]
    if best not in able:
        return [None] * len(losses)
    ps = against_best(
        [losses[i] for i in able], able.index(best), paired_p if paired else unpaired_p
    )
    found = dict(zip(able, ps, strict=True))
    return [found.get(i) for i in range(len(losses))]


def _mean(values: Sequence[float]) -> Estimate:
    if not values:
        return Estimate(math.nan)
    return Estimate(float(np.mean(values)), possible(mean_interval(values), values))


def _median(values: Sequence[float]) -> Estimate:
    # Upper median of an even number: a mean with infinity would not be one of the values.
    return Estimate(sorted(values)[len(values) // 2], median_interval(values))
