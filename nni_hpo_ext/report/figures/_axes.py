"""Axes for parameters: numbers on their own scale, options as categories."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import plain
from nni_hpo_ext.space import Choice, Dimension, FloatArray, Integer, Uniform

__all__ = ["Axis", "axis", "place"]

_GRID = 33
_FEW = 8  # values that all get a tick
_EDGES = (0.01, 0.99)  # quantiles shown of a normal parameter


@dataclass(frozen=True)
class Axis:
    """The axis of a parameter.

    Attributes
    ----------
    title
        Title with the scale.
    kind
        ``linear``, ``log`` or ``category``.
    grid
        Coordinates in [0, 1] at which to evaluate a model, shape ``(g,)``.
    ticks
        Values at the grid: numbers, or names of options.
    labels
        Names of all options in order; None for numbers.
    """

    title: str
    kind: str
    grid: FloatArray
    ticks: list[Any]
    labels: list[str] | None

    @property
    def coarse(self) -> bool:
        """Whether it has few values, with nothing between them."""
        return len(self.ticks) <= _FEW or self.labels is not None

    @property
    def layout(self) -> dict[str, Any]:
        """The axis settings for plotly."""
        layout: dict[str, Any] = {"title": {"text": plain(self.title)}}
        if self.labels is not None:
            shown = {"categoryorder": "array", "categoryarray": self.labels}
            return {**layout, "type": "category", **shown}
        if self.coarse:
            return {**layout, "type": self.kind, "tickvals": self.ticks}
        if self.kind == "log":
            at = _log_ticks(self.ticks[0], self.ticks[-1])
            labels = [f"{value:g}" for value in at]
            return {**layout, "type": "log", "tickvals": at, "ticktext": labels}
        return {**layout, "type": self.kind}


def axis(dim: Dimension) -> Axis:
    """Return the axis of a parameter."""
    domain = dim.domain
    if isinstance(domain, Choice):
        labels = _distinct([plain(_short(text.number(o))) for o in domain.ranked])
        grid = (np.arange(len(labels)) + 0.5) / len(labels)
        return Axis(f"{dim.name} (choice)", "category", grid, list(labels), labels)
    low, high = (0.0, 1.0) if isinstance(domain, (Integer, Uniform)) else _EDGES
    grid = np.linspace(low, high, _GRID)
    if isinstance(domain, Integer) and domain.n_values <= _GRID:
        grid = np.array(list(domain.units()))
    log = isinstance(domain, Uniform) and domain.log
    title = f"{dim.name} (value{', log scale' if log else ''})"
    ticks = [float(f"{domain.from_unit(float(u)):.6g}") for u in grid]
    return Axis(title, "log" if log else "linear", grid, ticks, None)


def place(dim: Dimension, shown: Axis, u: FloatArray) -> list[Any]:
    """Return the positions of coordinates ``(n,)`` on the axis."""
    domain = dim.domain
    if isinstance(domain, Choice):
        assert shown.labels is not None
        return [shown.labels[domain.index(float(x))] for x in u]
    return [float(f"{domain.from_unit(float(x)):.6g}") for x in u]


def _log_ticks(low: float, high: float) -> list[float]:
    """Return powers of ten; over less than two decades also their multiples by 2 and 5."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1,) if high / low >= 100 else (1, 2, 5)
    ticks = [f * 10.0**e for e in decades for f in factors]
    return [t for t in ticks if low * (1 - 1e-9) <= t <= high * (1 + 1e-9)]


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


def _distinct(names: list[str]) -> list[str]:
    """Add a number to options that look alike, such as 1 and "1"."""
    return [
        name if names.count(name) == 1 else f"{name} #{names[: i + 1].count(name)}"
        for i, name in enumerate(names)
    ]
