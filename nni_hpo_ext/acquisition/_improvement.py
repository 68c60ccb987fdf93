"""Acquisition functions for one objective with a normal prediction; values are minimised."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import erfcx, log_ndtr

from nni_hpo_ext.space import FloatArray

__all__ = [
    "confidence_bound",
    "log_expected_improvement",
    "log_h",
    "log_probability_of_improvement",
]

_LOG_SQRT_2PI = 0.5 * np.log(2.0 * np.pi)
_LOG_SQRT_HALF_PI = 0.5 * np.log(0.5 * np.pi)


def log_h(z: npt.ArrayLike) -> FloatArray:
    """Return log(phi(z) + z Phi(z)) without underflow; any shape.

    Equation (9) of Ament et al., "Unexpected improvements to expected improvement", NeurIPS 2023,
    with an asymptotic expansion where even that equation loses precision.
    """
    z = np.asarray(z, dtype=float)
    out = np.empty_like(z)
    near = z > -1.0
    zn = z[near]
    phi = np.exp(-0.5 * zn * zn - _LOG_SQRT_2PI)
    out[near] = np.log(phi + zn * np.exp(log_ndtr(zn)))
    zf = z[~near]
    # phi(z) (1 - t) with t = |z| sqrt(pi / 2) erfcx(|z| / sqrt 2), which tends to 1 - 1 / z^2
    t = np.exp(np.log(erfcx(-zf / np.sqrt(2.0))) + np.log(-zf) + _LOG_SQRT_HALF_PI)
    tail = np.where(zf < -1e3, -2.0 * np.log(-zf), np.log1p(-np.minimum(t, 1 - 1e-16)))
    out[~near] = -0.5 * zf * zf - _LOG_SQRT_2PI + tail
    return out


def log_expected_improvement(mean: FloatArray, std: FloatArray, best: float) -> FloatArray:
    """Return log E[max(best - Y, 0)] for normal Y; all of shape ``(n,)``.

    Mockus (1978); Jones, Schonlau and Welch (1998), equation (15).

    Parameters
    ----------
    mean, std
        Mean and standard deviation of Y.
    best
        The value to improve on.

    Examples
    --------
    >>> mean, std = np.array([0.0, 0.0]), np.array([1.0, 2.0])
    >>> np.exp(log_expected_improvement(mean, std, best=0.0)).round(3).tolist()
    [0.399, 0.798]
    """
    return np.log(std) + log_h((best - mean) / std)


def log_probability_of_improvement(mean: FloatArray, std: FloatArray, best: float) -> FloatArray:
    """Return log P(Y < best) for normal Y; all of shape ``(n,)`` (Kushner, 1964).

    Parameters
    ----------
    mean, std
        Mean and standard deviation of Y.
    best
        The value to improve on.

    Examples
    --------
    >>> mean, std = np.array([0.0, 1.0]), np.array([1.0, 1.0])
    >>> np.exp(log_probability_of_improvement(mean, std, best=0.0)).round(3).tolist()
    [0.5, 0.159]
    """
    return np.asarray(log_ndtr((best - mean) / std))


def confidence_bound(mean: FloatArray, std: FloatArray, width: float = 1.0) -> FloatArray:
    """Return the negated lower confidence bound of Y; all of shape ``(n,)``.

    GP-UCB of Srinivas et al., 2010.

    Parameters
    ----------
    mean, std
        Mean and standard deviation of Y.
    width
        Distance below the mean, in standard deviations.

    Examples
    --------
    >>> confidence_bound(np.array([0.0, 1.0]), np.array([1.0, 3.0])).tolist()
    [1.0, 2.0]
    """
    return np.asarray(width * std - mean)
