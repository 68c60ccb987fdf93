"""Laplace approximation of a posterior."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nni_hpo_ext.space import FloatArray

__all__ = ["laplace_draws"]

_STEP = 1e-3
# Lower bound of the curvature, for directions without information in the data.
_MIN_CURVATURE = 0.1


def laplace_draws(
    negative_log: Callable[[FloatArray], tuple[float, FloatArray]],
    maximum: FloatArray,
    n: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Draw from the normal approximation of a density at its maximum, with importance weights.

    Parameters
    ----------
    negative_log
        Returns the negative log density, up to a constant, and its gradient.
    maximum
        Minimum of ``negative_log``, shape ``(g,)``.
    n
        Number of draws; ``maximum`` itself is the first.
    rng
        Source of randomness.

    Returns
    -------
    draws, weights
        Shapes ``(n, g)`` and ``(n,)``. The weights sum to 1; they are tempered ratios of the
        density to its approximation.
    """
    curvature, directions = np.linalg.eigh(_hessian(negative_log, maximum))
    std = 1.0 / np.sqrt(np.maximum(curvature, _MIN_CURVATURE))
    z = np.vstack([np.zeros(len(maximum)), rng.standard_normal((n - 1, len(maximum)))])
    draws = maximum + (z * std) @ directions.T
    log_weights = np.array([-negative_log(d)[0] for d in draws]) + 0.5 * (z * z).sum(axis=1)
    # The square root tempers the weights: with so few draws one of them would dominate.
    weights = np.exp(0.5 * (log_weights - log_weights.max()))
    return draws, weights / weights.sum()


def _hessian(
    negative_log: Callable[[FloatArray], tuple[float, FloatArray]], at: FloatArray
) -> FloatArray:
    """Return the symmetrised finite differences of the gradient; shape ``(g, g)``."""
    base = negative_log(at)[1]
    rows = [(negative_log(at + step)[1] - base) / _STEP for step in _STEP * np.eye(len(at))]
    H = np.array(rows)
    return np.asarray(0.5 * (H + H.T))
