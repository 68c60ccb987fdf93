"""The best value so far, averaged over the runs of a tuner."""

from __future__ import annotations

import math

import numpy as np

from nni_hpo_ext.compare._results import Comparison
from nni_hpo_ext.render.curves import MeanCurve, mean_steps

__all__ = ["mean_best"]


def mean_best(comparison: Comparison, n: int) -> list[MeanCurve]:
    """Return a curve for each tuner at ``n`` common times.

    A finished run keeps its best value; a curve begins when all runs have a value.
    """
    last = max(study.seconds for study in comparison.task.studies)
    times = np.linspace(0.0, last, n + 1)[1:]
    return [
        MeanCurve(s.group.tuner, times, *mean_steps([o.steps for o in s.results], times, math.nan))
        for s in comparison.standings
    ]
