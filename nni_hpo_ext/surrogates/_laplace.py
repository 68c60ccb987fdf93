"""Draws from a posterior near its maximum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nni_hpo_ext.space import FloatArray

__all__ = ["laplace_draws"]

_STEP = 1e-3
# A direction that the data say nothing about has at least the prior's curvature.
_MIN_CURVATURE = 0.1


def laplace_draws(
    negative_log: Callable[[FloatArray], tuple[float, FloatArray]],
    maximum: FloatArray,
    n: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Draw from the normal approximation of a density at its maximum, and weigh the draws.

    Parameters
    ----------
    negative_log
        Returns the negative log density, up to a constant, and its gradient.
    maximum
        Where it is least, shape ``(g,)``.
    n
        Number of draws; ``maximum`` itself is the first.
    rng
        Source of randomness.

    Returns
    -------
    draws, weights
        Shapes ``(n, g)`` and ``(n,)``; the weights sum to 1 and are proportional to the density
        over that of the approximation.
    """
    curvature, directions = np.linalg.eigh(_hessian(negative_log, maximum))
    std = 1.0 / np.sqrt(np.maximum(curvature, _MIN_CURVATURE))
    z = np.vstack([np.zeros(len(maximum)), rng.standard_normal((n - 1, len(maximum)))])
    draws = maximum + (z * std) @ directions.T
    log_weights = np.array([-negative_log(d)[0] for d in draws]) + 0.5 * (z * z).sum(axis=1)
    # The square root tempers the weights of so few draws; without it one would take them all.
    weights = np.exp(0.5 * (log_weights - log_weights.max()))
    return draws, weights / weights.sum()


def _hessian(
    negative_log: Callable[[FloatArray], tuple[float, FloatArray]], at: FloatArray
) -> FloatArray:
    """Differences of gradients, made symmetric; shape ``(g, g)``."""
    base = negative_log(at)[1]
    rows = [(negative_log(at + step)[1] - base) / _STEP for step in _STEP * np.eye(len(at))]
    H = np.array(rows)
    return np.asarray(0.5 * (H + H.T))
