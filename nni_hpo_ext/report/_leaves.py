"""A regression tree as a partition of the unit cube into boxes.

Shapes: ``n`` points, ``d`` dimensions, ``m`` columns of the tree, ``L`` leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["Leaves", "columns", "leaves_of"]


def _options(space: SearchSpace) -> list[int]:
    """Return the number of options of each categorical dimension, 0 for the others."""
    return [
        (dim.domain.n_values or 0) if dim.domain.kind == "categorical" else 0
        for dim in space.dimensions
    ]


def columns(space: SearchSpace, X: FloatArray) -> FloatArray:
    """Encode points ``(n, d)`` as columns ``(n, m)``, with categorical dimensions one-hot."""
    parts = []
    for i, n_options in enumerate(_options(space)):
        if n_options:
            chosen = np.minimum((X[:, i] * n_options).astype(int), n_options - 1)
            parts.append((chosen[:, None] == np.arange(n_options)).astype(float))
        else:
            parts.append(X[:, i : i + 1])
    return np.hstack(parts)


class Leaves:
    """The leaves of a tree.

    Parameters
    ----------
    values
        Prediction in each leaf, shape ``(L,)``.
    sides
        Sides of the boxes along each dimension: lower and upper bounds, shape ``(L, 2)``, or a
        boolean mask of the options of a categorical dimension, shape ``(L, options)``.
    """

    def __init__(self, values: FloatArray, sides: Sequence[npt.NDArray[Any]]) -> None:
        self._values = values
        self._sides = sides
        self._widths = np.array([_width(side) for side in sides])  # (d, L)
        volumes = self._widths.prod(axis=0)
        self._mass = values * volumes
        self._mean = float(self._mass.sum())
        self.variance = float((values**2 * volumes).sum() - self._mean**2)

    def weights(self, dims: Sequence[int]) -> FloatArray:
        """Return value times volume over all other dimensions, shape ``(L,)``."""
        return np.asarray(self._mass / self._widths[list(dims)].prod(axis=0))

    def explained(self, dims: Sequence[int]) -> float:
        """Return the variance of the marginal over some dimensions."""
        weights = self.weights(dims)
        overlap = _overlap(self._sides[dims[0]])
        for i in dims[1:]:
            overlap = overlap * _overlap(self._sides[i])
        return max(0.0, float(weights @ overlap @ weights) - self._mean**2)

    def inside(self, i: int, u: FloatArray) -> FloatArray:
        """Return 1 where coordinates ``(g,)`` lie in the side of a leaf, else 0; ``(g, L)``."""
        side = self._sides[i]
        if side.dtype == bool:
            n = side.shape[1]
            return np.asarray(side[:, np.minimum((u * n).astype(int), n - 1)].T, dtype=float)
        low, high = side.T
        within = (u[:, None] >= low) & ((u[:, None] < high) | (high == 1.0))
        return np.asarray(within, dtype=float)


def _width(side: npt.NDArray[Any]) -> FloatArray:
    return np.asarray(side.mean(axis=1) if side.dtype == bool else side[:, 1] - side[:, 0])


def _overlap(side: npt.NDArray[Any]) -> FloatArray:
    """Return the overlap of each pair of leaves along a dimension, shape ``(L, L)``."""
    if side.dtype == bool:
        held = side.astype(float)
        return np.asarray(held @ held.T / side.shape[1])
    low, high = side.T
    common = np.minimum.outer(high, high) - np.maximum.outer(low, low)
    return np.asarray(np.maximum(common, 0.0))


def leaves_of(tree: Any, space: SearchSpace) -> Leaves:
    """Return the leaves of a scikit-learn tree that was fitted to `columns`."""
    options = _options(space)
    m = sum(n or 1 for n in options)
    low, high = np.zeros((tree.node_count, m)), np.ones((tree.node_count, m))
    for node in np.flatnonzero(tree.children_left >= 0):  # parents precede their children
        left, right = tree.children_left[node], tree.children_right[node]
        low[[left, right]], high[[left, right]] = low[node], high[node]
        column, threshold = tree.feature[node], tree.threshold[node]
        high[left, column] = low[right, column] = threshold
    at = tree.children_left < 0
    sides: list[npt.NDArray[Any]] = []
    start = 0
    for n in options:
        stop = start + (n or 1)
        if n:
            sides.append(_held(low[at, start:stop], high[at, start:stop]))
        else:
            sides.append(np.column_stack([low[at, start], high[at, start]]))
        start = stop
    return Leaves(tree.value[at, 0, 0], sides)


def _held(low: FloatArray, high: FloatArray) -> npt.NDArray[np.bool_]:
    """Return the options in a leaf: the one it requires, else all that it does not exclude."""
    asked = low > 0
    return np.where(asked.any(axis=1, keepdims=True), asked, high == 1.0)
