"""Conversion of points of the unit cube to the feature columns of a kernel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["Features"]


class Features:
    """Feature columns: numeric coordinates unchanged, unordered choices one-hot encoded.

    One-hot columns are scaled by the square root of 1/2, so that the squared distance of two
    different options is 1 (Hamming). In a branch that is not chosen a choice has zeros only, and a
    numeric parameter the middle of its range.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions. Parameters with a single value have no column.

    Attributes
    ----------
    space
        The search space.
    owner
        Index of the group of each of the ``m`` columns; shape ``(m,)``. The columns of one
        parameter form a group with a common length scale.
    n_groups
        Number of groups.

    Examples
    --------
    >>> space = SearchSpace({
    ...     "lr": {"_type": "uniform", "_value": [0, 1]},
    ...     "optimizer": {"_type": "choice", "_value": ["sgd", "adam"]},
    ... })
    >>> Features(space).transform(np.array([[0.3, 0.25]])).round(2).tolist()
    [[0.3, 0.71, 0.0]]
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._columns: list[tuple[int, int]] = []  # (dimension, option or -1)
        owner: list[int] = []
        for i, dim in enumerate(space.dimensions):
            n = dim.domain.n_values
            if n == 1:
                continue
            group = owner[-1] + 1 if owner else 0
            options = range(n) if dim.domain.kind == "categorical" and n is not None else [-1]
            self._columns += [(i, option) for option in options]
            owner += [group] * len(options)
        self.owner: npt.NDArray[np.intp] = np.array(owner, dtype=np.intp)
        self.n_groups = owner[-1] + 1 if owner else 0

    def transform(self, X: FloatArray) -> FloatArray:
        """Convert points ``(n, d)`` to columns ``(n, m)``."""
        F = np.empty((len(X), len(self._columns)))
        active = self.space.active(X) if self.space.has_branches else None
        for column, (i, option) in enumerate(self._columns):
            if option < 0:
                F[:, column] = X[:, i]
                continue
            n = self.space.dimensions[i].domain.n_values
            assert n is not None
            chosen = np.minimum((X[:, i] * n).astype(int), n - 1) == option
            if active is not None:
                chosen &= active[:, i]
            F[:, column] = chosen * np.sqrt(0.5)
        return F
