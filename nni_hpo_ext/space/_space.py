"""Search space: the mapping between NNI configurations and points of the unit cube."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.errors import Finding, SearchSpaceError
from nni_hpo_ext.space._domains import Choice, FloatArray, value_key
from nni_hpo_ext.space._parse import Dimension, parse
from nni_hpo_ext.types import Params

__all__ = ["SearchSpace"]

# Coordinate of a parameter in a branch that is not chosen.
INACTIVE = 0.5
# Finite spaces up to this size are enumerated to find the best point.
_FEW = 2000


class SearchSpace:
    """An NNI search space, flattened to ``d`` dimensions.

    Parameters
    ----------
    spec
        The search space as decoded from NNI's JSON; nested choices to any depth.

    Raises
    ------
    SearchSpaceError
        With one finding per problem, if the space is malformed.

    Examples
    --------
    >>> space = SearchSpace({
    ...     "lr": {"_type": "loguniform", "_value": [0.001, 0.1]},
    ...     "optimizer": {"_type": "choice", "_value": ["sgd", "adam"]},
    ... })
    >>> params = {"lr": 0.01, "optimizer": "adam"}
    >>> params in space
    True
    >>> space.encode(params)
    array([0.5 , 0.75])
    >>> space.decode([0.0, 0.0])["optimizer"]
    'sgd'
    """

    def __init__(self, spec: object) -> None:
        dimensions, findings = parse(spec)
        if findings:
            raise SearchSpaceError(findings)
        self.dimensions: tuple[Dimension, ...] = tuple(dimensions)

    @property
    def has_branches(self) -> bool:
        """Whether some parameters exist only under an option of a nested choice."""
        return any(dim.parent is not None for dim in self.dimensions)

    def __len__(self) -> int:
        return len(self.dimensions)

    @property
    def cardinality(self) -> float:
        """Number of distinct configurations; ``inf`` if a parameter is continuous."""
        return self._count(None, None)

    def _count(self, parent: int | None, option: int | None) -> float:
        total = 1.0
        for i, dim in enumerate(self.dimensions):
            if dim.parent == parent and dim.option == option:
                if dim.nested is None:
                    total *= math.inf if dim.domain.n_values is None else dim.domain.n_values
                else:
                    total *= sum(self._count(i, o) for o in range(len(dim.nested)))
        return total

    def decode(self, u: Sequence[float] | FloatArray) -> dict[str, Any]:
        """Decode a point of the unit cube to a configuration.

        Parameters
        ----------
        u
            Point of shape ``(d,)``, each coordinate in [0, 1].

        Returns
        -------
        dict
            Plain JSON values, nested as NNI nests them.
        """
        config: dict[str, Any] = {}
        holders: dict[tuple[int | None, int | None], dict[str, Any]] = {(None, None): config}
        for i, dim in enumerate(self.dimensions):
            holder = holders.get((dim.parent, dim.option))
            if holder is None:
                continue
            key = dim.path[-1]
            value = dim.domain.from_unit(float(u[i]))
            holder[key] = copy.deepcopy(value)  # options may be lists; a caller may change its copy
            if dim.nested is not None:
                option = self.option(i, float(u[i]))
                if dim.nested[option] is None and isinstance(value, Mapping):
                    holders[(i, option)] = holder[key]
        return config

    def encode(self, params: Params) -> FloatArray:
        """Encode a configuration as a point of the unit cube, of shape ``(d,)``.

        Raises
        ------
        SearchSpaceError
            If a parameter is missing, unknown or outside its domain.
        """
        u = np.full(len(self), INACTIVE)
        findings: list[Finding] = []
        holders: dict[tuple[int | None, int | None], Any] = {(None, None): params}
        expected: dict[tuple[int | None, int | None], set[str]] = {(None, None): set()}
        for i, dim in enumerate(self.dimensions):
            slot = (dim.parent, dim.option)
            if slot not in holders:
                continue
            key = dim.path[-1]
            expected[slot].add(key)
            if not isinstance(holders[slot], Mapping) or key not in holders[slot]:
                findings.append(Finding(dim.name, "the configuration lacks it", "add it"))
                continue
            value = holders[slot][key]
            coordinate = self.coordinate(dim, value)
            if coordinate is None:
                findings.append(
                    Finding(
                        dim.name, f"{value!r} is not in the search space", "give a listed value"
                    )
                )
                continue
            u[i] = coordinate
            if dim.nested is not None:
                option = self.option(i, coordinate)
                if dim.nested[option] is None and isinstance(value, Mapping):
                    holders[(i, option)] = value
                    expected[(i, option)] = {"_name"}
        findings += _unknown_keys(holders, expected)
        if findings:
            raise SearchSpaceError(findings)
        return u

    def option(self, i: int, coordinate: float) -> int:
        """Return the index of the option of dimension ``i`` at a coordinate."""
        domain = self.dimensions[i].domain
        assert isinstance(domain, Choice)
        return domain.index(coordinate)

    @staticmethod
    def coordinate(dim: Dimension, value: Any) -> float | None:
        """Return the coordinate of a value, or of a branch; None if it is not in the domain."""
        if dim.nested is not None and isinstance(value, Mapping) and "_name" in value:
            value = {"_name": value["_name"]}
        return dim.domain.to_unit(value)

    def __contains__(self, params: object) -> bool:
        if not isinstance(params, Mapping):
            return False
        try:
            self.encode(params)
        except SearchSpaceError:
            return False
        return True

    def encode_all(self, configs: Iterable[Params]) -> FloatArray:
        """Encode configurations to shape ``(n, d)``."""
        rows = [self.encode(c) for c in configs]
        return np.array(rows) if rows else np.empty((0, len(self)))

    def active(self, X: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether each coordinate of points ``(n, d)`` is in a chosen branch; ``(n, d)``."""
        mask = np.ones(X.shape, dtype=bool)
        for i, dim in enumerate(self.dimensions):
            if dim.parent is not None:
                domain = self.dimensions[dim.parent].domain
                n = domain.n_values
                assert n is not None
                chosen = np.minimum((X[:, dim.parent] * n).astype(int), n - 1)
                mask[:, i] = mask[:, dim.parent] & (chosen == dim.option)
        return mask

    def snap(self, X: FloatArray) -> FloatArray:
        """Move points ``(n, d)`` to the encodings of the configurations they decode to."""
        columns = [dim.domain.snap(X[:, i]) for i, dim in enumerate(self.dimensions)]
        snapped = np.stack(columns, axis=1)
        return np.where(self.active(snapped), snapped, INACTIVE) if self.has_branches else snapped

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw ``n`` points from NNI's distribution, snapped; shape ``(n, d)``."""
        return self.snap(rng.random((n, len(self))))

    def untried(
        self, tried: Collection[str], rng: np.random.Generator, draws: int = 200
    ) -> dict[str, Any] | None:
        """Return a configuration whose `key` is not in ``tried``, None if none is left.

        It is drawn at random; if ``draws`` attempts fail, the space is enumerated.

        Parameters
        ----------
        tried
            Keys of the configurations tried so far.
        rng
            Source of randomness.
        draws
            Number of random attempts.
        """
        points: Iterator[Sequence[float] | FloatArray] = itertools.chain(
            (rng.random(len(self)) for _ in range(draws)), self.points(rng)
        )
        for u in points:
            params = self.decode(u)
            if self.key(params) not in tried:
                return params
        return None

    def points(self, rng: np.random.Generator) -> Iterator[tuple[float, ...]]:
        """Iterate over all points of a finite space; continuous coordinates are drawn at random."""
        return self._enumerate(rng, ())

    def all_points(self, rng: np.random.Generator) -> FloatArray | None:
        """Return all points of a small finite space, ``(n, d)``, None if there are too many."""
        return np.array(list(self.points(rng))) if self.cardinality <= _FEW else None

    def _enumerate(
        self, rng: np.random.Generator, head: tuple[float, ...]
    ) -> Iterator[tuple[float, ...]]:
        if len(head) == len(self):
            yield head
            return
        dim = self.dimensions[len(head)]
        if not self.is_active(dim, head):
            coordinates: Iterable[float] = [INACTIVE]
        elif dim.domain.n_values is None:
            coordinates = [rng.random()]
        else:
            coordinates = dim.domain.units()
        for u in coordinates:
            yield from self._enumerate(rng, (*head, u))

    def is_active(self, dim: Dimension, head: Sequence[float] | FloatArray) -> bool:
        """Return whether the leading coordinates choose all enclosing branches of ``dim``."""
        if dim.parent is None:
            return True
        parent = self.dimensions[dim.parent]
        return self.option(dim.parent, head[dim.parent]) == dim.option and self.is_active(
            parent, head
        )

    @staticmethod
    def key(params: Params) -> str:
        """Return a string that is equal for equal configurations only."""
        return value_key(params)


def _unknown_keys(
    holders: Mapping[tuple[int | None, int | None], Any],
    expected: Mapping[tuple[int | None, int | None], set[str]],
) -> list[Finding]:
    """Return a finding for each key that is not in the search space."""
    return [
        Finding(str(key), "not a parameter of the search space", "remove it")
        for slot, holder in holders.items()
        if isinstance(holder, Mapping)
        for key in holder
        if key not in expected[slot]
    ]
