"""Points of the unit cube to the columns that a kernel measures distances in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["Features"]


class Features:
    """Numeric coordinates as they are, one column per option of an unordered choice.

    The squared distance in the columns of one choice, scaled by 1/2, is 0 for equal options and 1
    for different ones (Hamming). A parameter whose branch was not chosen has a column of zeros
    and, if numeric, sits at the middle of its range.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions; single-valued ones are left out.

    Attributes
    ----------
    space
        The search space.
    owner
        For each of the ``m`` columns the index of its group; shape ``(m,)``. The columns of one
        parameter share a length scale.
    n_groups
        Number of length scales.
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
        """Turn points ``(n, d)`` into columns ``(n, m)``."""
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
