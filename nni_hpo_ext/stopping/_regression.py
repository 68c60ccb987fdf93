"""Regression of the end of a run on its beginning."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["normal_score", "predict_end"]

Floats = NDArray[np.float64]

# Weight of the prior that the features tell nothing, as a number of trials.
_RIDGE = 3.0
# Weight of the spread of all improvements in the variance, as a number of trials.
_PRIOR_TRIALS = 2.0
# Standardised features are clipped here: a curve unlike all others says little.
_CLIP = 3.0


def predict_end(
    features: Floats, ends: Floats, own: Floats, width: float | None = None
) -> tuple[float, float]:
    """Return mean and standard deviation of the end of a run.

    A ridge regression of the improvement that is still to come. Its variance is that of the
    left-out errors, together with the spread of the improvements, which counts for two more
    trials: a few curves may agree by chance. The improvement is at least 0.

    Parameters
    ----------
    features, ends
        Features of ``n`` completed trials, the first one being the level that was reached, and
        their ends; shapes ``(n, m)`` and ``(n,)``.
    own
        Features of the trial to predict; shape ``(m,)``.
    width
        If given, errors of trials with similar predictions count more: width of a Gaussian kernel
        over the predictions, in their standard deviations. The uncertainty of the weights is then
        added.
    """
    n, level = len(ends), features[:, 0]
    gains = ends - level
    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale == 0] = 1.0
    Z, z = (features - centre) / scale, np.clip((own - centre) / scale, -_CLIP, _CLIP)
    inverse = np.linalg.inv(Z.T @ Z + _RIDGE * np.eye(len(own)))
    weights = inverse @ Z.T @ (gains - gains.mean())
    fitted = gains.mean() + Z @ weights
    leverage = np.einsum("ij,jk,ik->i", Z, inverse, Z) + 1 / n
    # Left-out errors of a linear smoother; a leverage near 1 would divide by zero.
    errors = (gains - fitted) / np.maximum(1 - leverage, 0.1)
    mean = float(own[0] + max(gains.mean() + z @ weights, 0.0))
    variance = (errors @ errors + _PRIOR_TRIALS * gains.var()) / n
    if width is not None:
        predicted = level + fitted
        distance = (predicted - mean) / max(width * predicted.std(), 1e-12)
        near = np.exp(-np.minimum(distance**2, 1e3) / 2)
        variance = (near @ errors**2 + _PRIOR_TRIALS * variance) / (near.sum() + _PRIOR_TRIALS)
        variance *= 1 + 1 / n + z @ inverse @ z
    return mean, math.sqrt(variance)


def normal_score(t: float, freedom: int) -> float:
    """Return the quantile of the normal distribution that is as extreme as ``t`` is for Student's.

    An approximation (Wallace, "Bounds on normal approximations to Student's and the chi-square
    distributions", 1959) that is off by less than 0.05 for three degrees of freedom or more.

    Parameters
    ----------
    t
        A value of Student's t-distribution.
    freedom
        Its degrees of freedom, at least 1.
    """
    size = math.sqrt(freedom * math.log1p(t * t / freedom))
    return math.copysign(size * (8 * freedom + 1) / (8 * freedom + 3), t)
