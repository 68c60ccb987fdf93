"""Map configurations of one search space to another."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nni_hpo_ext.arguments import is_number
from nni_hpo_ext.space._candidates import CandidateSpace
from nni_hpo_ext.space._domains import Domain
from nni_hpo_ext.space._parse import Dimension
from nni_hpo_ext.space._space import SearchSpace
from nni_hpo_ext.types import Params

__all__ = ["fitted", "overlap"]

_BISECTIONS = 60  # exhausts the precision of a float in [0, 1]


def fitted(space: SearchSpace, params: Params, rng: np.random.Generator) -> dict[str, Any]:
    """Return the configuration of a space that is nearest to one of another space.

    A configuration with all parameters inside the space is returned as it is; with a
    `CandidateSpace`, the nearest candidate.

    A parameter of the same name keeps its value. A number outside the domain becomes the nearest
    value of the domain. Parameters that are missing, and options that the space does not have, are
    drawn at random; parameters that the space does not have are left out.

    Parameters
    ----------
    space
        The space.
    params
        The configuration of another space.
    rng
        Source of randomness.

    Examples
    --------
    >>> space = SearchSpace({"units": {"_type": "randint", "_value": [1, 65]}})
    >>> fitted(space, {"units": 100, "momentum": 0.9}, np.random.default_rng(0))
    {'units': 64}
    """
    same = overlap(space, params)
    if same in space and not isinstance(space, CandidateSpace):
        return copy.deepcopy(same)
    u = rng.random(len(space))
    for i, dim, value, coordinate in _common(space, params):
        found = _nearest(dim.domain, value) if coordinate is None else coordinate
        if found is not None:
            u[i] = found
    return space.decode(u)


def overlap(space: SearchSpace, params: Params) -> dict[str, Any]:
    """Return a configuration without the parameters that a space does not have.

    Examples
    --------
    >>> space = SearchSpace({"units": {"_type": "randint", "_value": [1, 65]}})
    >>> overlap(space, {"units": 32, "momentum": 0.9})
    {'units': 32}
    """
    config: dict[str, Any] = {}
    holders: dict[tuple[str, ...], dict[str, Any]] = {(): config}
    for _, dim, value, coordinate in _common(space, params):
        holder, key = holders[dim.path[:-1]], dim.path[-1]
        holder[key] = value
        if dim.nested is not None and coordinate is not None and isinstance(value, Mapping):
            holder[key] = holders[(*dim.path, value["_name"])] = {"_name": value["_name"]}
    return config


def _common(
    space: SearchSpace, params: Params
) -> Iterator[tuple[int, Dimension, Any, float | None]]:
    """Yield the parameters of a space that a configuration has, each with its value.

    The last item is the coordinate of the value, None if it is not in the domain.
    """
    holders: dict[tuple[int | None, int | None], Any] = {(None, None): params}
    for i, dim in enumerate(space.dimensions):
        holder = holders.get((dim.parent, dim.option))
        if not isinstance(holder, Mapping) or dim.path[-1] not in holder:
            continue
        value = holder[dim.path[-1]]
        coordinate = space.coordinate(dim, value)
        if dim.nested is not None and coordinate is not None:
            holders[(i, space.option(i, coordinate))] = value
        yield i, dim, value, coordinate


def _nearest(domain: Domain, value: Any) -> float | None:
    """Return the coordinate of the value nearest to a number, None without an order."""
    if domain.kind == "categorical" or not is_number(value):
        return None
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if domain.from_unit(middle) < value:
            low = middle
        else:
            high = middle
    return min(low, high, key=lambda u: abs(domain.from_unit(u) - value))
