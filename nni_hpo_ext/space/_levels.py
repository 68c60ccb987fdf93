"""A domain restricted to some of its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nni_hpo_ext.space._domains import Cells, Domain, Kind

__all__ = ["Levels"]


@dataclass(frozen=True)
class Levels(Cells):
    """Some values of a domain; other values of the domain count as the nearest of them.

    Attributes
    ----------
    domain
        The domain.
    coordinates
        Coordinates of the values in the domain, in ascending order.
    kind
        ``ordinal``.

    Examples
    --------
    >>> from nni_hpo_ext.space import Uniform
    >>> levels = Levels(Uniform(0.0, 10.0), [0.0, 0.5, 1.0])
    >>> levels.from_unit(0.4), levels.n_values
    (5.0, 3)
    """

    domain: Domain
    coordinates: Sequence[float]
    kind: Kind = field(default="ordinal", init=False)

    @property
    def n_values(self) -> int:
        """Number of values."""
        return len(self.coordinates)

    def from_unit(self, u: float) -> Any:
        """Return the value at coordinate ``u``."""
        return self.domain.from_unit(self.coordinates[self.cell(u)])

    def to_unit(self, value: Any) -> float | None:
        """Return the centre of the cell of the nearest value, None if outside the domain."""
        u = self.domain.to_unit(value)
        if u is None:
            return None
        nearest = int(np.argmin(np.abs(np.asarray(self.coordinates) - u)))
        return (nearest + 0.5) / self.n_values
