"""Search space restricted to a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.space import Choice, Domain, Levels, Normal, SearchSpace

__all__ = ["DEFAULT_RESOLUTION", "GridSpace"]

DEFAULT_RESOLUTION = 10
"""Number of levels of a range for which no other number is given."""


class GridSpace(SearchSpace):
    """Search space restricted to a grid; a choice has all its options as levels.

    The levels of a range are equally spaced from bound to bound, on the logarithmic scale for
    logarithmic types. Normal parameters have the quantiles (i + 1/2) / n as levels. Integer and
    quantised parameters with at most that many values have all of them; levels that round to the
    same value count once. Configurations outside the grid, such as imported trials, can still be
    encoded, as the nearest point of the grid.

    Parameters
    ----------
    spec
        The search space as decoded from NNI's JSON.
    resolution
        Number of levels of each range; or numbers by name, such as ``{"optimizer.sgd.lr": 5}``.

    Raises
    ------
    SearchSpaceError
        If the space is malformed.
    ConfigError
        If ``resolution`` names a parameter that is not a range of the space.

    Examples
    --------
    >>> spec = {"dropout": {"_type": "uniform", "_value": [0.0, 0.5]},
    ...         "layers": {"_type": "randint", "_value": [1, 3]}}
    >>> grid = GridSpace(spec, resolution=3)
    >>> grid.cardinality, grid.levels
    (6.0, {'dropout': 3, 'layers': 2})
    >>> grid.decode([0.0, 0.9])
    {'dropout': 0.0, 'layers': 2}
    """

    def __init__(
        self, spec: object, resolution: int | Mapping[str, int] = DEFAULT_RESOLUTION
    ) -> None:
        super().__init__(spec)
        numbers = resolution if isinstance(resolution, Mapping) else {}
        default = DEFAULT_RESOLUTION if isinstance(resolution, Mapping) else resolution
        self._require_ranges(numbers)
        self.dimensions = tuple(
            replace(dim, domain=_restricted(dim.domain, numbers.get(dim.name, default)))
            for dim in self.dimensions
        )

    @property
    def levels(self) -> dict[str, int]:
        """Number of levels of each parameter."""
        return {dim.name: dim.domain.n_values or 0 for dim in self.dimensions}

    def _require_ranges(self, numbers: Mapping[str, int]) -> None:
        ranges = [dim.name for dim in self.dimensions if not isinstance(dim.domain, Choice)]
        for name in numbers:
            if name not in ranges:
                raise ConfigError(
                    f"resolution: {name!r} is not a range of the search space; "
                    f"the ranges are {', '.join(ranges) or 'none'}"
                )


def _restricted(domain: Domain, resolution: int) -> Domain:
    """Return the levels of a parameter."""
    if isinstance(domain, Choice):
        return domain
    if domain.n_values is not None and domain.n_values <= resolution:
        return Levels(domain, list(domain.units()))
    if isinstance(domain, Normal):
        coordinates = (np.arange(resolution) + 0.5) / resolution
    else:
        coordinates = np.linspace(0.0, 1.0, resolution) if resolution > 1 else np.array([0.5])
    return Levels(domain, np.unique(domain.snap(coordinates)).tolist())
