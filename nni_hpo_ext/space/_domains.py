"""Domains of single parameters, each mapped to the unit interval.

A domain maps a coordinate ``u`` in [0, 1] to a value so that uniform ``u`` gives NNI's
distribution, and back. Equal values map to the same coordinate, so round trips are stable.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.arguments import is_number

__all__ = [
    "Cells",
    "Choice",
    "Domain",
    "FloatArray",
    "Integer",
    "Kind",
    "Normal",
    "Uniform",
    "value_key",
]

FloatArray = npt.NDArray[np.float64]
Kind = Literal["real", "ordinal", "categorical"]

# Normal parameters have no bounds: the unit interval covers mu +- 4.75 sigma.
_TAIL = 1e-6
# Values pass through JSON and text, which may change the last digits.
_TOLERANCE = 1e-9


def value_key(value: object) -> str:
    """Return a key that tells 1, 1.0, True and "1" apart, also for unhashable values."""
    return json.dumps(value, sort_keys=True)


class Domain(Protocol):
    """The values of one parameter, mapped to [0, 1]."""

    @property
    def kind(self) -> Kind:
        """``real``, ``ordinal`` (ordered, finite) or ``categorical`` (finite, no order)."""

    @property
    def n_values(self) -> int | None:
        """Number of distinct values, None if infinite."""

    def from_unit(self, u: float) -> Any:
        """Return the value at coordinate ``u`` in [0, 1]."""

    def to_unit(self, value: Any) -> float | None:
        """Return the coordinate of ``value``, None if it is not in the domain."""

    def units(self) -> Iterator[float]:
        """Iterate over the coordinates of the values of a finite domain."""

    def snap(self, u: FloatArray) -> FloatArray:
        """Move coordinates of any shape to those of the values they decode to."""


class Cells:
    """A domain that divides [0, 1] into equal cells, with one value at the centre of each."""

    @property
    def n_values(self) -> int:
        """Number of values."""
        raise NotImplementedError

    def cell(self, u: float) -> int:
        """Return the index of the cell that contains ``u``."""
        return min(max(int(u * self.n_values), 0), self.n_values - 1)

    def units(self) -> Iterator[float]:
        """Iterate over the coordinates of all values."""
        return ((i + 0.5) / self.n_values for i in range(self.n_values))

    def snap(self, u: FloatArray) -> FloatArray:
        """Move coordinates to the centres of their cells."""
        n = self.n_values
        return np.asarray((np.clip((u * n).astype(int), 0, n - 1) + 0.5) / n)


@dataclass(frozen=True)
class Choice(Cells):
    """One of several options, ordered if all of them are distinct numbers.

    Attributes
    ----------
    options
        Plain JSON values.

    Examples
    --------
    >>> batch_size = Choice([64, 16, 32])
    >>> batch_size.kind, batch_size.from_unit(0.0)
    ('ordinal', 16)
    """

    options: Sequence[Any]

    @cached_property
    def kind(self) -> Kind:
        """``ordinal`` if all options are distinct numbers, else ``categorical``."""
        numeric = all(is_number(o) for o in self.options)
        return (
            "ordinal" if numeric and len(set(self.options)) == len(self.options) else "categorical"
        )

    @property
    def n_values(self) -> int:
        """Number of options."""
        return len(self.options)

    @cached_property
    def ranked(self) -> list[Any]:
        """The options in the order of their coordinates."""
        return sorted(self.options) if self.kind == "ordinal" else list(self.options)

    @cached_property
    def _cell_of(self) -> dict[str, int]:
        cells: dict[str, int] = {}
        for cell, option in enumerate(self.ranked):
            cells.setdefault(value_key(option), cell)
        return cells

    def index(self, u: float) -> int:
        """Return the index in `ranked` of the option at coordinate ``u``."""
        return self.cell(u)

    def from_unit(self, u: float) -> Any:
        """Return the option at coordinate ``u``."""
        return self.ranked[self.index(u)]

    def to_unit(self, value: Any) -> float | None:
        """Return the centre of the option's cell."""
        try:
            cell = self._cell_of.get(value_key(value))
        except (TypeError, ValueError):
            return None
        if cell is None and is_number(value):  # JSON may turn the option 2 into 2.0
            cell = next((i for i, o in enumerate(self.ranked) if is_number(o) and o == value), None)
        return None if cell is None else (cell + 0.5) / self.n_values


@dataclass(frozen=True)
class Integer(Cells):
    """Integers ``low <= x < high`` (NNI's ``randint``).

    Attributes
    ----------
    low, high
        The smallest integer, and the first above the range.
    kind
        ``ordinal``.

    Examples
    --------
    >>> layers = Integer(1, 5)
    >>> layers.n_values, layers.from_unit(1.0)
    (4, 4)
    """

    low: int
    high: int
    kind: Kind = field(default="ordinal", init=False)

    @property
    def n_values(self) -> int:
        """Number of integers in the range."""
        return self.high - self.low

    def from_unit(self, u: float) -> int:
        """Return the integer at coordinate ``u``."""
        return self.low + self.cell(u)

    def to_unit(self, value: Any) -> float | None:
        """Return the centre of the integer's cell."""
        if not is_number(value) or value != int(value) or not self.low <= value < self.high:
            return None
        return float((value - self.low + 0.5) / self.n_values)


@dataclass(frozen=True)
class Uniform:
    """Uniform or log-uniform numbers in [low, high], optionally quantised.

    With ``q`` a value is ``clip(round(x / q) * q, low, high)``, as in NNI.

    Attributes
    ----------
    low, high
        Bounds, both included.
    log
        Whether the logarithm is uniform.
    q
        Step between values, None for continuous values.

    Examples
    --------
    >>> learning_rate = Uniform(1e-4, 1.0, log=True)
    >>> round(learning_rate.from_unit(0.5), 4)
    0.01
    """

    low: float
    high: float
    log: bool = False
    q: float | None = None

    @property
    def kind(self) -> Kind:
        """``ordinal`` when quantised."""
        return "real" if self.q is None else "ordinal"

    @cached_property
    def n_values(self) -> int | None:
        """Number of grid values, 1 if the bounds are equal, None if continuous."""
        if self.low == self.high:
            return 1
        return None if self.q is None else len(self._grid)

    @cached_property
    def _grid(self) -> list[float]:
        assert self.q is not None
        multiples = range(round(self.low / self.q), round(self.high / self.q) + 1)
        return sorted({self._clip(k * self.q) for k in multiples})

    def _clip(self, x: float) -> float:
        return float(min(max(x, self.low), self.high))

    def _quantise(self, x: float) -> float:
        return self._clip(x if self.q is None else round(x / self.q) * self.q)

    def from_unit(self, u: float) -> float:
        """Return the value at coordinate ``u``."""
        if self.log:
            lo, hi = math.log(self.low), math.log(self.high)
            return self._quantise(math.exp(lo + u * (hi - lo)))
        return self._quantise(self.low + u * (self.high - self.low))

    def to_unit(self, value: Any) -> float | None:
        """Return the coordinate of ``value`` on the linear or log scale, None if outside."""
        if not is_number(value):
            return None
        slack = _TOLERANCE * max(abs(self.low), abs(self.high))
        if not self.low - slack <= value <= self.high + slack:
            return None
        x = self._clip(value)
        if abs(self._quantise(x) - x) > max(slack, _TOLERANCE * abs(x)):
            return None
        if self.low == self.high:
            return 0.5
        if self.log:
            return math.log(x / self.low) / math.log(self.high / self.low)
        return (x - self.low) / (self.high - self.low)

    def units(self) -> Iterator[float]:
        """Iterate over the coordinates of the grid."""
        values = [self.low] if self.low == self.high else self._grid
        return (u for u in map(self.to_unit, values) if u is not None)

    def snap(self, u: FloatArray) -> FloatArray:
        """Move coordinates to the nearest ones of the grid, if there is one."""
        if self.low == self.high:
            return np.full_like(u, 0.5)
        if self.q is None:
            return np.clip(u, 0.0, 1.0)
        ends = np.array([self.low, self.high], dtype=float)
        lo, hi = np.log(ends) if self.log else ends
        x = lo + u * (hi - lo)
        x = np.clip(np.round((np.exp(x) if self.log else x) / self.q) * self.q, *ends)
        return np.asarray(((np.log(x) if self.log else x) - lo) / (hi - lo))


@dataclass(frozen=True)
class Normal:
    """Normal or log-normal numbers, optionally quantised.

    Attributes
    ----------
    mu, sigma
        Mean and standard deviation of the value, or of its logarithm if ``log`` is set.
    log
        Whether the logarithm is normal.
    q
        Step between values, None for continuous values.

    Examples
    --------
    >>> Normal(mu=0.0, sigma=2.0).from_unit(0.5)
    0.0
    """

    mu: float
    sigma: float
    log: bool = False
    q: float | None = None

    @property
    def kind(self) -> Kind:
        """``ordinal`` when quantised."""
        return "real" if self.q is None else "ordinal"

    @cached_property
    def _distribution(self) -> NormalDist:
        return NormalDist(self.mu, self.sigma)

    @cached_property
    def n_values(self) -> int | None:
        """Number of grid values in the covered range, None if continuous."""
        return None if self.q is None else len(self._multiples)

    @property
    def _multiples(self) -> range:
        assert self.q is not None
        lowest, highest = self.from_unit(0.0), self.from_unit(1.0)
        return range(round(lowest / self.q), round(highest / self.q) + 1)

    def from_unit(self, u: float) -> float:
        """Return the ``u`` quantile."""
        x = self._distribution.inv_cdf(min(max(u, _TAIL), 1 - _TAIL))
        x = math.exp(x) if self.log else x
        return float(x if self.q is None else round(x / self.q) * self.q)

    def to_unit(self, value: Any) -> float | None:
        """Return the probability below ``value``, None if it is not in the domain."""
        if not is_number(value) or (self.log and value < 0):
            return None
        if self.q is not None:
            off_grid = abs(round(value / self.q) * self.q - value)
            if off_grid > _TOLERANCE * max(abs(value), self.q):
                return None
        if self.log and value == 0:  # a log-normal value may round to zero
            return 0.0 if self.q is not None else None
        return self._distribution.cdf(math.log(value) if self.log else value)

    def units(self) -> Iterator[float]:
        """Iterate over the coordinates of the grid."""
        assert self.q is not None
        return (u for k in self._multiples if (u := self.to_unit(k * self.q)) is not None)

    def snap(self, u: FloatArray) -> FloatArray:
        """Clip coordinates to the covered range and move them to the grid, if there is one."""
        from scipy.special import ndtr, ndtri

        u = np.clip(u, _TAIL, 1 - _TAIL)
        if self.q is None:
            return u
        x = self.mu + self.sigma * ndtri(u)
        x = np.round((np.exp(x) if self.log else x) / self.q) * self.q
        with np.errstate(divide="ignore"):  # a log-normal value may round to zero
            x = np.log(x) if self.log else x
        return np.asarray(ndtr((x - self.mu) / self.sigma))
