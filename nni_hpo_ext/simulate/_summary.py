"""Summary statistics of a tuner's optimisations."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nni_hpo_ext.render.statistics import (
    Estimate,
    mean_interval,
    median_interval,
    possible,
    share_interval,
)
from nni_hpo_ext.simulate._score import Score, score
from nni_hpo_ext.trace import Run

__all__ = ["Summary", "summarise"]


@dataclass(frozen=True, slots=True)
class Summary:
    """Summary of all optimisations of one tuner.

    Attributes
    ----------
    tuner
        Label of the tuner.
    scores
        One per repeat.
    success
        Share that reached the goal, with Wilson's interval; None without a goal.
    mean_time
        Mean virtual seconds to the goal, with Student's interval. An optimisation that missed the
        goal counts with its full duration, so that the mean is a lower bound.
    median_time
        Median virtual seconds to the goal, with a bootstrap interval; infinite if most missed it.
    regret, normalised
        Mean final regret and normalised regret, with Student's interval.
    test_values
        Means of the further known results of the best configurations, by name.
    """

    tuner: str
    scores: tuple[Score, ...]
    success: Estimate | None
    mean_time: Estimate | None
    median_time: Estimate | None
    regret: Estimate
    normalised: Estimate
    test_values: Mapping[str, Estimate]

    @property
    def reached(self) -> int:
        """Number of optimisations that reached the goal."""
        return sum(math.isfinite(s.goal_time) for s in self.scores)


def summarise(runs: Sequence[Run]) -> Summary:
    """Summarise all repeats of one tuner, at least one."""
    scores = tuple(map(score, runs))
    has_goal = runs[0].header.goal is not None
    return Summary(
        tuner=runs[0].header.tuner,
        scores=scores,
        success=_success(scores) if has_goal else None,
        mean_time=_mean_time(scores) if has_goal else None,
        median_time=_median_time(scores) if has_goal else None,
        regret=_mean([s.regret for s in scores]),
        normalised=_mean([s.normalised for s in scores]),
        test_values={
            name: _mean([run.test_values[name] for run in runs if name in run.test_values])
            for name in runs[0].test_values
        },
    )


def _mean(values: Sequence[float]) -> Estimate:
    return Estimate(float(np.mean(values)), possible(mean_interval(values), values))


def _success(scores: Sequence[Score]) -> Estimate:
    reached = sum(math.isfinite(s.goal_time) for s in scores)
    return Estimate(reached / len(scores), share_interval(reached, len(scores)))


def _mean_time(scores: Sequence[Score]) -> Estimate:
    times = [s.goal_time if math.isfinite(s.goal_time) else s.seconds for s in scores]
    missed = any(math.isinf(s.goal_time) for s in scores)
    return dataclasses.replace(_mean(times), at_least=missed)


def _median_time(scores: Sequence[Score]) -> Estimate:
    times = sorted(s.goal_time for s in scores)
    middle = times[(len(times) - 1) // 2 : len(times) // 2 + 1]
    return Estimate(sum(middle) / len(middle), median_interval(times))
