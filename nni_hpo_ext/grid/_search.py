"""Visit the points of a finite space in an order that covers it evenly."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nni_hpo_ext.errors import SpaceExhaustedError
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.types import Params, Suggestion, Trial

__all__ = ["GridSearch"]

# Points of the sequence that are drawn at a time: a power of 2, as its balance requires.
_BLOCK = 1024
# Points drawn for a suggestion. When none of them is new, few points of the space are left, and
# those are found by enumeration.
_MOST = 64 * _BLOCK


class GridSearch:
    """Suggest each point of a finite space once, evenly at any moment.

    The order is that of a scrambled Sobol sequence (Sobol, 1967; Owen, 1998), each point of which
    is moved to the point of the space whose cell contains it, unless that has been visited before.
    So no list of all points is needed.

    Parameters
    ----------
    space
        A finite search space.
    seed
        Seed of the scrambling.

    Examples
    --------
    >>> space = SearchSpace({"units": {"_type": "choice", "_value": [16, 32]}})
    >>> search = GridSearch(space, seed=0)
    >>> sorted(s.params["units"] for s in search.suggest(2, []))
    [16, 32]
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space = space
        self._seed = seed
        self._grid = zlib.crc32(repr((seed, space.dimensions)).encode())
        self._restart(0)
        self._tried: set[str] = set()

    def _restart(self, position: int) -> None:
        """Go to a position in the sequence."""
        self._position = 0
        self._visited: set[bytes] = set()
        self._points = self._sequence()
        while self._position < position:
            self._advance()

    def _sequence(self) -> Iterator[FloatArray]:
        """Yield the points of the sequence, each moved to a point of the space."""
        # Imported late: NNI gives a tuner 10 seconds to connect.
        from scipy.stats import qmc

        sobol = qmc.Sobol(len(self._space), rng=np.random.default_rng(self._seed))
        while True:
            yield from self._space.snap(sobol.random(_BLOCK))

    def observe(self, trials: Sequence[Trial]) -> None:
        """Remember which configurations were tried; their results are not used."""
        self._tried = {self._space.key(trial.params) for trial in trials}

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Return the next ``n`` points.

        Raises
        ------
        SpaceExhaustedError
            If fewer are left.
        """
        taken = self._tried | {self._space.key(params) for params in pending}
        suggestions = []
        for _ in range(n):
            params = self._next(taken)
            taken.add(self._space.key(params))
            reason = f"grid point {len(self._visited):,} of {self._space.cardinality:,.0f}"
            suggestions.append(Suggestion(params, "grid", 1.0, reason))
        return suggestions

    def _next(self, taken: set[str]) -> dict[str, Any]:
        limit = self._position + _MOST
        while self._position < limit and len(self._visited) < self._space.cardinality:
            point = self._advance()
            if point is not None:
                params = self._space.decode(point)
                if self._space.key(params) not in taken:
                    return params
        rest = self._space.untried(taken, np.random.default_rng(self._seed), draws=0)
        if rest is None:
            raise SpaceExhaustedError(
                f"all {self._space.cardinality:,.0f} points of the grid have been tried"
            )
        return rest

    def _advance(self) -> FloatArray | None:
        """Return the next point of the sequence, None if it has been visited before."""
        point = next(self._points)
        self._position += 1
        visited = len(self._visited)
        self._visited.add(point.tobytes())
        return point if len(self._visited) > visited else None

    def state_dict(self) -> dict[str, Any]:
        """Return the position in the sequence, and a checksum of the space."""
        return {"grid": self._grid, "position": self._position}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned; in another space the sequence begins anew."""
        self._restart(int(state["position"]) if state["grid"] == self._grid else 0)
