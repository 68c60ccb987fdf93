"""Weights of several models by their predictive quality."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.space import FloatArray

__all__ = ["stacking_weights"]

_ROUNDS = 100


def stacking_weights(log_scores: FloatArray, emphasis: FloatArray) -> FloatArray:
    """Return the weights of the mixture of models that predicts left-out values best.

    Yao, Vehtari, Simpson and Gelman, "Using stacking to average Bayesian predictive distributions",
    2018, equation 4, maximised by expectation maximisation.

    Parameters
    ----------
    log_scores
        Leave-one-out log density of ``n`` values under ``m`` models; ``(m, n)``.
    emphasis
        Weight of each value, ``(n,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(m,)``, sums to 1.

    Examples
    --------
    >>> log_scores = np.log([[0.9, 0.8, 0.1], [0.1, 0.2, 0.1]])
    >>> stacking_weights(log_scores, np.ones(3)).round(2).tolist()
    [1.0, 0.0]
    """
    density = np.exp(log_scores - log_scores.max(axis=0))
    share = emphasis / emphasis.sum()
    weights = np.full(len(log_scores), 1.0 / len(log_scores))
    for _ in range(_ROUNDS):
        mixed = weights[:, None] * density
        weights = (mixed / mixed.sum(axis=0)) @ share
    return np.asarray(weights)
