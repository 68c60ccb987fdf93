"""Which trials count as the best ones, and whether they keep clear of a region by chance."""

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
    """Tell which trials are among the best by any objective, or on the Pareto front.

    A fifth of all trials, at least five, by each objective, and all that equal the worst of them.
    Trials that were stopped never are; where most were, it is half of those that completed, but
    no less than a tenth of all.

    Parameters
    ----------
    losses
        Shape ``(n, k)``, to be minimised.
    completed
        Shape ``(n,)``.
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
    """Return the chance that no elite is among ``n_region`` of ``n`` trials, were they drawn.

    It is also the chance that the lowest elite has at least ``n_region`` trials below it.
    """
    from scipy.stats import hypergeom

    return float(hypergeom.pmf(0, n, n_elite, n_region))
