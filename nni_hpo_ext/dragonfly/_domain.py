"""Conversion between points of the unit cube and points of a Dragonfly domain."""

from __future__ import annotations

from typing import Any

import numpy as np

from nni_hpo_ext.dragonfly._runtime import dragonfly_module
from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["DragonflyDomain"]


class DragonflyDomain:
    """The Cartesian product domain of a search space.

    Continuous parameters form a Euclidean domain on [0, 1], the ranks of ordered ones an integral
    domain, and the indices of unordered ones, as strings, a discrete domain.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.

    Attributes
    ----------
    dimension : int
        Number of dimensions, ``d``.
    is_trivial : bool
        Whether all parameters have a single value.
    product : object
        Dragonfly's domain.
    """

    def __init__(self, space: SearchSpace) -> None:
        domains = dragonfly_module("exd.domains")
        self._sizes = [dim.domain.n_values for dim in space.dimensions]
        kinds = [dim.domain.kind for dim in space.dimensions]
        # An integral domain cannot hold a parameter with a single value.
        fixed = [size == 1 for size in self._sizes]
        self._real = self._columns(kinds, fixed, "real")
        self._ordinal = self._columns(kinds, fixed, "ordinal")
        self._categorical = self._columns(kinds, fixed, "categorical")
        parts = []
        if self._real:
            parts.append(domains.EuclideanDomain([[0, 1]] * len(self._real)))
        if self._ordinal:
            parts.append(domains.IntegralDomain([[0, self._n(i) - 1] for i in self._ordinal]))
        if self._categorical:
            items = [[str(v) for v in range(self._n(i))] for i in self._categorical]
            parts.append(domains.ProdDiscreteDomain(items))
        self.dimension = len(kinds)
        self.is_trivial = not parts
        self.product = domains.CartesianProductDomain(parts)

    @staticmethod
    def _columns(kinds: list[Any], fixed: list[bool], kind: str) -> list[int]:
        return [i for i, k in enumerate(kinds) if k == kind and not fixed[i]]

    def _n(self, column: int) -> int:
        size = self._sizes[column]
        assert size is not None
        return size

    def to_point(self, u: FloatArray) -> list[Any]:
        """Convert a point of the unit cube, ``(d,)``, to Dragonfly's list of parts."""
        point: list[Any] = []
        if self._real:
            point.append(u[self._real])
        if self._ordinal:
            point.append(np.array([self._rank(u, i) for i in self._ordinal]))
        if self._categorical:
            point.append([str(self._rank(u, i)) for i in self._categorical])
        return point

    def _rank(self, u: FloatArray, column: int) -> int:
        n = self._n(column)
        return min(int(u[column] * n), n - 1)

    def to_unit(self, point: list[Any]) -> FloatArray:
        """Convert a Dragonfly point to a point of the unit cube, ``(d,)``."""
        parts = list(point)
        u = np.full(self.dimension, 0.5)
        if self._real:
            u[self._real] = parts.pop(0)
        for columns in (self._ordinal, self._categorical):
            if columns:
                ranks = parts.pop(0)
                u[columns] = [
                    (int(r) + 0.5) / self._n(i) for i, r in zip(columns, ranks, strict=True)
                ]
        return u
