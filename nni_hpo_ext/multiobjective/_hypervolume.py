"""Hypervolume of a front, and the boxes of the region that it does not dominate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.multiobjective._pareto import pareto_mask

__all__ = ["MAX_OBJECTIVES", "hypervolume", "improvement_boxes"]

MAX_OBJECTIVES = 4
"""Largest number of objectives for which the exact hypervolume is affordable."""

FloatArray = npt.NDArray[np.float64]


def improvement_boxes(Y: npt.ArrayLike, reference: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Split the region below ``reference`` that no row of ``Y`` weakly dominates into boxes.

    The region is sliced along the last objective. Each slice is the same problem in one dimension
    less, for the points below it.

    Parameters
    ----------
    Y
        Objective values of shape ``(n, k)``, to be minimised; infinities allowed.
    reference
        Upper bound of the region, shape ``(k,)``.

    Returns
    -------
    lower, upper
        Corners of ``b`` disjoint boxes, each of shape ``(b, k)``; lower ones may be ``-inf``. With
        two objectives ``b`` is the number of points on the front plus one.

    Examples
    --------
    >>> lower, upper = improvement_boxes([[1.0, 3.0], [2.0, 1.0]], [4.0, 4.0])
    >>> upper.tolist()
    [[4.0, 1.0], [2.0, 3.0], [1.0, 4.0]]
    """
    values = np.atleast_2d(np.asarray(Y, dtype=float))
    bound = np.asarray(reference, dtype=float)
    front = values[pareto_mask(values)] if values.size else np.empty((0, len(bound)))
    front = np.unique(front[(front < bound).all(axis=1)], axis=0)
    boxes = list(_slices(front, bound))
    if not boxes:
        return np.empty((0, len(bound))), np.empty((0, len(bound)))
    lower, upper = zip(*boxes, strict=True)
    return np.array(lower), np.array(upper)


def _slices(
    front: FloatArray, bound: FloatArray
) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Yield the corners of the boxes of a region; ``front`` may hold dominated points."""
    if len(bound) == 1:
        top = min(float(bound[0]), float(front.min())) if len(front) else float(bound[0])
        yield (-np.inf,), (top,)
        return
    order = np.argsort(front[:, -1], kind="stable")
    ordered = front[order]
    levels = np.concatenate([[-np.inf], ordered[:, -1], [bound[-1]]])
    for i in range(len(levels) - 1):
        if levels[i] < levels[i + 1]:
            below = ordered[:i, :-1]
            below = below[pareto_mask(below)] if len(bound) > 2 else below
            for lower, upper in _slices(below, bound[:-1]):
                if upper[0] > -np.inf:
                    yield (*lower, float(levels[i])), (*upper, float(levels[i + 1]))


def hypervolume(Y: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Return the volume that the rows of ``Y`` dominate, bounded by ``reference``.

    Parameters
    ----------
    Y
        Objective values of shape ``(n, k)``, to be minimised. Rows with NaN are ignored.
    reference
        Reference point, shape ``(k,)``.

    Returns
    -------
    float
        Infinite if an objective of a row inside the region is ``-inf``.

    Examples
    --------
    >>> hypervolume([[1.0, 3.0], [2.0, 1.0]], reference=[4.0, 4.0])
    7.0
    """
    values = np.asarray(Y, dtype=float)
    bound = np.asarray(reference, dtype=float)
    values = values.reshape(-1, len(bound))
    values = values[(values < bound).all(axis=1)]
    if not len(values):
        return 0.0
    if np.isneginf(values).any():
        return float("inf")
    ideal = values.min(axis=0)
    lower, upper = improvement_boxes(values, bound)
    left = (np.maximum(upper, ideal) - np.maximum(lower, ideal)).prod(axis=1).sum()
    return float((bound - ideal).prod() - left)
