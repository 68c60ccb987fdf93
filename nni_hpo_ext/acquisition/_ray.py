"""Expected improvement along one direction of the objectives' space; objectives are minimised."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

from nni_hpo_ext.space import FloatArray

__all__ = ["log_expected_ray_improvement"]

# Nodes of the quadrature, and its reach beyond the mean in standard deviations.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_REACH = 4.0


def log_expected_ray_improvement(
    mean: FloatArray,
    std: FloatArray,
    front: FloatArray,
    reference: FloatArray,
    direction: FloatArray,
) -> FloatArray:
    """Return the log of the expected growth of the dominated volume along a direction.

    The volume that ``Y`` dominates is, up to a constant, the mean of
    ``max_y min_i max((r_i - y_i) / v_i, 0)^k`` over directions ``v`` of the unit sphere's positive
    part (Zhang and Golovin, "Random hypervolume scalarizations for provable multi-objective black
    box optimization", ICML 2020). One direction costs the same for any number of objectives,
    unlike the boxes of the whole region.

    Parameters
    ----------
    mean, std
        Independent normal predictions at ``n`` points for ``k`` objectives, shape ``(n, k)``.
    front
        Values of the points so far, shape ``(f, k)``.
    reference
        Upper bound of the region, shape ``(k,)``.
    direction
        Positive numbers, shape ``(k,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``.

    Examples
    --------
    >>> front, reference, direction = np.array([[1.0, 1.0]]), np.full(2, 2.0), np.ones(2)
    >>> mean, std = np.array([[0.5, 0.5], [1.5, 0.5]]), np.full((2, 2), 0.1)
    >>> value = log_expected_ray_improvement(mean, std, front, reference, direction)
    >>> bool(value[0] > value[1])
    True
    """
    k = len(reference)
    reached = ((reference - front) / direction).min(axis=1).max(initial=0.0)
    depth, spread = (reference - mean) / direction, std / direction
    # The integral of k t^(k-1) P(min_i (r_i - Y_i) / v_i > t) over t > reached.
    length = np.maximum((depth + _REACH * spread).min(axis=1) - reached, spread.min(axis=1))
    t = reached + length[:, None] * (0.5 * _NODES + 0.5)
    inside = log_ndtr((depth[:, None] - t[:, :, None]) / spread[:, None]).sum(axis=2)
    total = np.log(0.5 * k * _WEIGHTS) + np.log(length)[:, None] + (k - 1) * np.log(t) + inside
    return np.asarray(np.logaddexp.reduce(total, axis=1))
