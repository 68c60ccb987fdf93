"""Search space restricted to a list of configurations."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from nni_hpo_ext.errors import ConfigError, SearchSpaceError
from nni_hpo_ext.space._domains import FloatArray
from nni_hpo_ext.space._space import SearchSpace
from nni_hpo_ext.types import Params

__all__ = ["CandidateSpace"]


class CandidateSpace(SearchSpace):
    """Search space restricted to candidates: every point decodes to the nearest of them.

    Configurations outside the list, such as imported trials, can still be encoded.

    Parameters
    ----------
    spec
        The search space as decoded from NNI's JSON.
    candidates
        Configurations of the space, at least one. All are drawn with equal probability.

    Raises
    ------
    SearchSpaceError
        If the space is malformed.
    ConfigError
        If a candidate is not in the space.

    Examples
    --------
    >>> spec = {"depth": {"_type": "randint", "_value": [1, 9]}}
    >>> space = CandidateSpace(spec, [{"depth": 2}, {"depth": 8}])
    >>> space.decode([0.4])
    {'depth': 2}
    """

    def __init__(self, spec: object, candidates: Sequence[Params]) -> None:
        super().__init__(spec)
        self._configs = list({self.key(params): params for params in candidates}.values())
        self._points = np.array([self._encoded(i, p) for i, p in enumerate(self._configs)])

    def _encoded(self, number: int, params: Params) -> FloatArray:
        try:
            return self.encode(params)
        except SearchSpaceError as error:
            raise ConfigError(
                f"candidates[{number}] is not in the search space: {error.findings[0]}"
            ) from error

    @property
    def cardinality(self) -> float:
        """Number of distinct candidates."""
        return float(len(self._configs))

    def decode(self, u: Sequence[float] | FloatArray) -> dict[str, Any]:
        """Return the candidate nearest to a point of shape ``(d,)``."""
        return dict(copy.deepcopy(self._configs[self._nearest(np.asarray(u)[None])[0]]))

    def snap(self, X: FloatArray) -> FloatArray:
        """Move points ``(n, d)`` to the candidates nearest to them."""
        return np.asarray(self._points[self._nearest(X)])

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw ``n`` candidates; shape ``(n, d)``."""
        return np.asarray(self._points[rng.integers(len(self._points), size=n)])

    def points(self, rng: np.random.Generator) -> Iterator[tuple[float, ...]]:
        """Iterate over all candidates."""
        return map(tuple, self._points)

    def all_points(self, rng: np.random.Generator) -> FloatArray | None:
        """Return all candidates, regardless of their number; shape ``(n, d)``."""
        return self._points

    def _nearest(self, X: FloatArray) -> Any:
        return self._tree.query(X)[1]

    @cached_property
    def _tree(self) -> Any:
        # Imported late: NNI gives a tuner 10 seconds to connect.
        from scipy.spatial import cKDTree

        return cKDTree(self._points)
