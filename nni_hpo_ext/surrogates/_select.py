"""Which of very many trials a model is made from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nni_hpo_ext.multiobjective import pareto_mask
from nni_hpo_ext.surrogates._response import losses
from nni_hpo_ext.types import Objective, Trial

__all__ = ["select"]


def select(
    trials: Sequence[Trial],
    objectives: Sequence[Objective],
    limit: int,
    rng: np.random.Generator,
) -> tuple[Trial, ...]:
    """Return at most ``limit`` trials, in their order; all of them if there are no more.

    Kept are the Pareto front, the best by each objective and the newest, each up to a quarter of
    the limit, and a random sample of the rest.

    Parameters
    ----------
    trials
        Trials in the order of their ends.
    objectives
        What they were tried for.
    limit
        Greatest number to return.
    rng
        Draws the sample.
    """
    n = len(trials)
    if n <= limit:
        return tuple(trials)
    values = losses(trials, objectives)
    quarter = limit // 4
    best = np.argsort(values, axis=0)[: quarter // len(objectives)].ravel()  # NaN sorts last
    front = np.flatnonzero(pareto_mask(values))[:quarter]
    kept = np.union1d(np.union1d(best, front), np.arange(n - quarter, n))
    rest = np.setdiff1d(np.arange(n), kept)
    sample = rng.choice(rest, limit - len(kept), replace=False)
    return tuple(trials[i] for i in np.union1d(kept, sample))
