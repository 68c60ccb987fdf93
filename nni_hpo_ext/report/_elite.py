"""Select the best trials, and test whether they avoid a region by chance."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.multiobjective import pareto_mask
from nni_hpo_ext.space import FloatArray

__all__ = ["chance_of_none", "elite_mask"]

_SHARES = (0.1, 0.2)
_FEWEST = 5


def elite_mask(losses: FloatArray, completed: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which trials are among the best by any objective, or on the Pareto front.

    For each objective these are the best fifth of all trials, at least five, including ties.
    Stopped trials are never selected; if most trials were stopped, the number is half of the
    completed trials, but at least a tenth of all.

    Parameters
    ----------
    losses
        Objectives to minimise, shape ``(n, k)``.
    completed
        Which trials completed, shape ``(n,)``.

    Examples
    --------
    >>> import numpy as np
    >>> elite = elite_mask(np.arange(50.0)[:, None], np.ones(50, dtype=bool))
    >>> int(elite.sum())
    10
    """
    values = np.where(completed[:, None], losses, np.nan)
    mask = np.zeros(len(values), dtype=bool)
    for column in values.T:
        known = np.sort(column[np.isfinite(column)])
        if len(known):
            least = max(_SHARES[0] * len(values), len(known) / 2)
            size = max(_FEWEST, math.ceil(min(_SHARES[1] * len(values), least)))
            size = min(len(known), size)
            mask |= column <= known[size - 1]
    return mask | (pareto_mask(values) if values.shape[1] > 1 and len(values) else False)


def chance_of_none(n: int, n_elite: int, n_region: int) -> float:
    """Return the probability that ``n_region`` of ``n`` trials, drawn at random, contain no elite.

    It is also the probability that at least ``n_region`` trials lie below the lowest elite.

    Examples
    --------
    >>> round(chance_of_none(100, 20, 10), 3)
    0.095
    """
    from scipy.stats import hypergeom

    return float(hypergeom.pmf(0, n, n_elite, n_region))
