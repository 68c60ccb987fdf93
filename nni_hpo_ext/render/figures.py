"""Colours, axes and escaping for all figures. Importing this module imports plotly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nni_hpo_ext.types import Objective

__all__ = [
    "BEST",
    "COLOURS",
    "KEPT",
    "STOPPED",
    "Figure",
    "FigureGroup",
    "blank",
    "plain",
    "switch",
    "thinned",
    "view",
]

# The colour-blind safe palette of Okabe and Ito.
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
        Id in the page, letters and dashes.
    title
        Heading, as plain text.
    reading
        Caption that explains how to read it, as plain text.
    plot
        The plotly figure.
    small
        Whether to place several side by side.
    wide
        Whether to scroll it horizontally on narrow screens.
    """

    key: str
    title: str
    reading: str
    plot: go.Figure
    small: bool = False
    wide: bool = False


@dataclass(frozen=True)
class FigureGroup:
    """Figures that are collapsed by default."""

    title: str
    figures: Sequence[Figure]


def plain(value: object) -> str:
    """Escape text for plotly, which renders some HTML.

    Examples
    --------
    >>> plain("<b>")
    '&lt;b&gt;'
    """
    return escape(str(value), quote=False)


def blank(x: str, y: str, height: int = _HEIGHT) -> go.Figure:
    """Return an empty figure with named axes."""
    figure = go.Figure()
    figure.update_layout(
        template="none",  # the page adds the shared template once
        height=height,
        xaxis={"title": {"text": plain(x)}},
        yaxis={"title": {"text": plain(y)}},
    )
    return figure


def switch(
    figure: go.Figure,
    names: Sequence[str],
    titles: Sequence[str],
    positions: Sequence[Sequence[Sequence[float]]],
) -> None:
    """Add buttons that choose what the horizontal axis shows; the first is chosen.

    Parameters
    ----------
    figure
        The figure, with its traces.
    names, titles
        Text of each button, and the axis title that belongs to it.
    positions
        Horizontal positions for each button, trace by trace.

    Examples
    --------
    >>> figure = blank("trials", "accuracy")
    >>> figure = figure.add_scatter(y=[0.1, 0.2])
    >>> switch(figure, ("trials", "time"), ("trials", "minutes"), ([[1, 2]], [[0.5, 0.9]]))
    >>> figure.data[0].x, [button.label for button in figure.layout.updatemenus[0].buttons]
    ((1, 2), ['trials', 'time'])
    """
    for trace, x in zip(figure.data, positions[0], strict=True):
        trace.x = x
    buttons = [
        {
            "label": name,
            "method": "update",
            "args": [
                {"x": x},
                {"xaxis.title.text": plain(title), "xaxis.autorange": True},
            ],
        }
        for name, title, x in zip(names, titles, positions, strict=True)
    ]
    menu = {"type": "buttons", "direction": "right", "buttons": buttons, "pad": {"b": 4}}
    place = {"x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"}
    figure.update_layout(updatemenus=[{**menu, **place}])


def view(values: Iterable[float], goal: Objective) -> tuple[list[float] | None, int]:
    """Return an axis range for an objective, and the number of values outside it.

    The range excludes values beyond Tukey's far-out fence on the worse side, which would flatten
    all others. None stands for the full range.

    Examples
    --------
    >>> from nni_hpo_ext.types import Objective
    >>> limits, outside = view([1.0, 1.1, 1.2, 1.3, 1.4, 99.0], Objective("loss", "minimize"))
    >>> [round(limit, 2) for limit in limits], outside
    ([0.98, 1.42], 1)
    """
    losses = goal.sign * np.array([v for v in values if math.isfinite(v)])
    if len(losses) < 5:
        return None, 0
    low, high = np.percentile(losses, [25, 75])
    fence = high + _FENCE * (high - low)
    beyond = int((losses > fence).sum())
    if not beyond:
        return None, 0
    worst, best = float(losses[losses <= fence].max()), float(losses.min())
    room = 0.05 * (worst - best) or 1.0
    return sorted([goal.sign * (best - room), goal.sign * (worst + room)]), beyond


def thinned(n: int, most: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return at most ``most`` of the indices 0 to n - 1, evenly spaced, including both ends.

    Examples
    --------
    >>> thinned(10, 4).tolist()
    [0, 3, 6, 9]
    """
    if n <= most:
        return np.arange(n)
    return np.unique(np.linspace(0, n - 1, most).round().astype(np.intp))
