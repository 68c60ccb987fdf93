"""Posterior of the hyperparameters of a Gaussian process with an ARD Matern-5/2 kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import dpotri

from nni_hpo_ext.space import FloatArray

__all__ = [
    "JITTER",
    "LONG",
    "SHORT",
    "LengthscalePrior",
    "Prior",
    "matern",
    "negative_log_posterior",
    "squared_distances",
]

JITTER = 1e-8
_SQRT5 = np.sqrt(5.0)


@dataclass(frozen=True, slots=True)
class LengthscalePrior:
    """Log-normal prior on length scales, in units of the unit cube.

    Attributes
    ----------
    log_median
        Logarithm of the median in one dimension.
    growth
        Power of the dimension by which the median grows.
    log_std
        Standard deviation of the logarithm.
    """

    log_median: float
    growth: float
    log_std: float


# Every parameter may matter: the median is the width of the unit cube and the distance of two
# options, in any dimension.
SHORT = LengthscalePrior(0.0, 0.0, 1.0)
# Smooth, with few parameters that matter (Hvarfner, Hellsten and Nardi, "Vanilla Bayesian
# optimization performs great in high dimensions", ICML 2024).
LONG = LengthscalePrior(np.sqrt(2.0), 0.5, np.sqrt(3.0))


class Prior:
    """Independent normal priors on the logarithms of the hyperparameters.

    Parameters
    ----------
    n_groups
        Number of length scales.
    lengthscales
        The prior on them.
    """

    def __init__(self, n_groups: int, lengthscales: LengthscalePrior) -> None:
        log_dimension = np.log(max(n_groups, 1))
        centre = lengthscales.log_median + lengthscales.growth * log_dimension
        self.mean = np.array([*[centre] * n_groups, 0.0, -6.0])
        self.std = np.array([*[lengthscales.log_std] * n_groups, 1.0, 2.0])
        # Where fits begin: the posterior may have several maxima.
        self.starts = [
            np.array([*[0.5 * log_dimension + shift] * n_groups, 0.0, noise])
            for shift, noise in ((-0.7, -6.0), (0.7, -6.0), (-1.5, -4.0))
        ]

    def negative_log(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Return the negative log density, up to a constant, and its gradient."""
        z = (theta - self.mean) / self.std
        return 0.5 * float(z @ z), z / self.std


def negative_log_posterior(
    theta: FloatArray, F: FloatArray, y: FloatArray, owner: npt.NDArray[np.intp], prior: Prior
) -> tuple[float, FloatArray]:
    """Return the negative log posterior and its gradient, (5.8) and (5.9) of R&W, plus priors."""
    n = len(y)
    scale, noise = np.exp(theta[-2]), np.exp(theta[-1])
    A = F * np.exp(-theta[:-2][owner])
    r2 = squared_distances(A, A)
    signal = scale * matern(r2)
    K = signal.copy()
    K[np.diag_indices(n)] += noise + JITTER * scale
    try:
        L = cholesky(K, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        return 1e10, np.zeros_like(theta)
    alpha = cho_solve((L, True), y, check_finite=False)
    lower, _ = dpotri(L, lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    value = 0.5 * float(y @ alpha) + float(np.log(np.diag(L)).sum()) + 0.5 * n * np.log(2 * np.pi)
    W = inverse - np.outer(alpha, alpha)  # d value / d K = W / 2
    M = W * (scale * _matern_slope(r2))
    # sum_ab M_ab (A_aj - A_bj)^2 = 2 (sum_a A_aj^2 sum_b M_ab - A_j' M A_j), for all columns j
    per_column = 2.0 * (M.sum(axis=1) @ (A * A) - np.einsum("aj,aj->j", A, M @ A))
    gradient = np.empty_like(theta)
    # d r2 / d log lengthscale = -2 r2's share of the column
    gradient[:-2] = -np.bincount(owner, weights=per_column, minlength=len(theta) - 2)
    gradient[-2] = 0.5 * float((W * signal).sum()) + 0.5 * float(np.trace(W)) * JITTER * scale
    gradient[-1] = 0.5 * float(np.trace(W)) * noise
    penalty, penalty_gradient = prior.negative_log(theta)
    return value + penalty, gradient + penalty_gradient


def squared_distances(A: FloatArray, B: FloatArray) -> FloatArray:
    """Return squared Euclidean distances of rows, shape ``(len(A), len(B))``."""
    r2: FloatArray = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)[None, :] - 2.0 * A @ B.T
    return np.maximum(r2, 0.0, out=r2)


def matern(r2: FloatArray) -> FloatArray:
    """Return the Matern-5/2 correlation of squared distances."""
    r = _SQRT5 * np.sqrt(r2)
    return np.asarray((1.0 + r + r2 * (5.0 / 3.0)) * np.exp(-r))


def _matern_slope(r2: FloatArray) -> FloatArray:
    """Return the derivative of `matern` with respect to the squared distance."""
    r = _SQRT5 * np.sqrt(r2)
    return np.asarray(-(5.0 / 6.0) * (1.0 + r) * np.exp(-r))
