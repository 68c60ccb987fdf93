"""Regret over virtual time, averaged over optimisations."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nni_hpo_ext.render.curves import MeanCurve, mean_steps
from nni_hpo_ext.simulate._score import normalised, regret_steps
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.trace import Run

__all__ = ["mean_curve"]


def mean_curve(runs: Sequence[Run], times: FloatArray) -> MeanCurve:
    """Average the regret of a tuner's optimisations at the times ``(n,)``.

    An optimisation that has ended keeps its last regret.
    """
    steps = [[(t, normalised(r, run.header)) for t, r in regret_steps(run)] for run in runs]
    return MeanCurve(runs[0].header.tuner, times, *mean_steps(steps, times, math.inf))
