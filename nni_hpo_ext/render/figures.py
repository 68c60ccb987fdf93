"""What all figures share: colours, axes, escaping. Importing it imports plotly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.types import Objective

__all__ = [
    "BEST",
    "COLOURS",
    "KEPT",
    "STOPPED",
    "Figure",
    "FigureGroup",
    "axis_of",
    "blank",
    "down_to",
    "plain",
    "thinned",
    "view",
]

# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
KEPT, STOPPED, BEST = COLOURS[:3]
_HEIGHT = 380
_FENCE = 3.0


@dataclass(frozen=True)
class Figure:
    """A figure of a page.

    Attributes
    ----------
    key
        Its name in the page, letters and dashes.
    title
        Its heading, as text.
    reading
        How to read it, as text.
    plot
        What plotly draws.
    small
        Whether several stand side by side.
    wide
        Whether it needs more width than a phone has, so that one scrolls along it.
    """

    key: str
    title: str
    reading: str
    plot: go.Figure
    small: bool = False
    wide: bool = False


@dataclass(frozen=True)
class FigureGroup:
    """Figures that are shown on demand."""

    title: str
    figures: Sequence[Figure]


def plain(value: object) -> str:
    """Return text for plotly, which takes some HTML: what trials and users named is none."""
    return escape(str(value), quote=False)


def blank(x: str, y: str, height: int = _HEIGHT) -> go.Figure:
    """Return an empty figure with named axes."""
    figure = go.Figure()
    figure.update_layout(
        template="none",  # what all figures share the page adds once
        height=height,
        xaxis={"title": {"text": plain(x)}},
        yaxis={"title": {"text": plain(y)}},
    )
    return figure


def axis_of(goal: Objective) -> str:
    """Return the title of an objective's axis."""
    return f"{goal.name} (as reported, {goal.direction})"


def view(values: Iterable[float], goal: Objective) -> tuple[list[float] | None, int]:
    """Return the part of an objective's axis worth showing, and how many values lie beyond.

    Values far worse than most (Tukey's far-out fence) would flatten all others. None shows all.
    """
    losses = goal.sign * np.array([v for v in values if math.isfinite(v)])
    if len(losses) < 5:
        return None, 0
    low, high = np.percentile(losses, [25, 75])
    return down_to(high + _FENCE * (high - low), losses, goal)


def down_to(fence: float, losses: FloatArray, goal: Objective) -> tuple[list[float] | None, int]:
    """Return the part of an objective's axis for losses up to a fence, and how many lie beyond."""
    beyond = int((losses > fence).sum())
    if not beyond or fence <= losses.min():
        return None, 0
    worst, best = float(losses[losses <= fence].max()), float(losses.min())
    room = 0.05 * (worst - best) or 1.0
    return sorted([goal.sign * (best - room), goal.sign * (worst + room)]), beyond


def thinned(n: int, most: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return at most so many of the indices 0 to n - 1, evenly spaced, with both ends."""
    if n <= most:
        return np.arange(n)
    return np.unique(np.linspace(0, n - 1, most).round().astype(np.intp))
