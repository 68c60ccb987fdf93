"""How far to trust each of several models."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.space import FloatArray

__all__ = ["stacking_weights"]

_ROUNDS = 100


def stacking_weights(log_scores: FloatArray, emphasis: FloatArray) -> FloatArray:
    """Return the weights under which the mixture of the models predicts left-out values best.

    Yao, Vehtari, Simpson and Gelman, "Using stacking to average Bayesian predictive distributions",
    2018, equation 4, found by expectation maximisation.

    Parameters
    ----------
    log_scores
        Log density that ``m`` models give to each of ``n`` values from the others; ``(m, n)``.
    emphasis
        How much each value counts, ``(n,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(m,)``, sums to 1.
    """
    density = np.exp(log_scores - log_scores.max(axis=0))
    share = emphasis / emphasis.sum()
    weights = np.full(len(log_scores), 1.0 / len(log_scores))
    for _ in range(_ROUNDS):
        mixed = weights[:, None] * density
        weights = (mixed / mixed.sum(axis=0)) @ share
    return np.asarray(weights)
