"""Where to look before there is a model."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["space_filling_point"]


def space_filling_point(space: SearchSpace, seed: int, k: int) -> FloatArray:
    """Return point ``k``, counted from 0, of a scrambled Sobol sequence; shape ``(d,)``.

    It is the same whatever came before it.
    """
    sobol = qmc.Sobol(len(space), rng=np.random.default_rng(seed))
    if k:
        sobol.fast_forward(k)
    return np.asarray(sobol.random(1)[0])
