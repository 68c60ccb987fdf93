"""Selection of the trials that a model is fitted to."""

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
    """Return at most ``limit`` trials in order; all of them if there are no more.

    The selection consists of the Pareto front, the best trials of each objective and the newest
    ones, each up to a quarter of the limit, and a random sample of the rest.

    Parameters
    ----------
    trials
        Trials in the order in which they finished.
    objectives
        The objectives.
    limit
        Largest number of trials to return.
    rng
        Source of randomness.

    Examples
    --------
    >>> from nni_hpo_ext.types import TrialStatus
    >>> trials = [Trial(i, {"x": i}, TrialStatus.COMPLETED, (i,)) for i in range(100)]
    >>> loss = Objective("loss", "minimize")
    >>> kept = select(trials, [loss], 20, np.random.default_rng(0))
    >>> len(kept), [trial.number for trial in kept[:5]]
    (20, [0, 1, 2, 3, 4])
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
