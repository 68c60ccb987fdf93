"""Regret over time as a figure."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nni_hpo_ext.errors import MissingDependencyError
from nni_hpo_ext.simulate._curve import Curve, mean_curve
from nni_hpo_ext.simulate._records import Run

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["COLOURS", "add_curve", "can_plot", "plot_regret", "require_plotly"]

_POINTS = 400
# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def can_plot() -> bool:
    """Whether plotly is installed."""
    return importlib.util.find_spec("plotly") is not None


def require_plotly() -> None:
    """Raise MissingDependencyError without plotly."""
    if not can_plot():
        raise MissingDependencyError("--plot needs plotly: pip install 'nni-hpo-ext[report]'")


def plot_regret(runs: Mapping[str, Sequence[Run]], path: Path) -> None:
    """Draw the mean normalised regret of each tuner, with its 95 % band, as a page of its own.

    Parameters
    ----------
    runs
        For each tuner its optimisations.
    path
        The HTML file; it needs no network.
    """
    import plotly.graph_objects as go

    everything = [run for of_one in runs.values() for run in of_one]
    times = np.linspace(0.0, max(run.seconds for run in everything), _POINTS)
    figure = go.Figure()
    for i, of_one in enumerate(runs.values()):
        curve = mean_curve(of_one, times)
        # A log axis has no room for zero and below.
        positive = curve.means[curve.means > 0]
        floor = float(positive.min()) / 10 if len(positive) else 1e-9
        add_curve(figure, curve, COLOURS[i % len(COLOURS)], seconds=3600.0, floor=floor)
    figure.update_layout(
        title=f"{everything[0].header.surrogate}: mean of {len(everything) // len(runs)} "
        "optimisations, band: 95 %",
        xaxis_title="virtual time (h)",
        yaxis_title="normalised regret (0 optimum, 1 typical)",
        template="plotly_white",
        hovermode="x unified",
    )
    figure.update_yaxes(type="log", exponentformat="power")
    figure.write_html(path, include_plotlyjs=True)


def add_curve(
    figure: go.Figure, curve: Curve, colour: str, *, seconds: float, floor: float = -math.inf
) -> None:
    """Draw a mean with its band.

    Parameters
    ----------
    figure
        Where to draw.
    curve
        What to draw.
    colour
        As ``#rrggbb``.
    seconds
        Length of the unit of the time axis.
    floor
        What is below it is drawn there.
    """
    x = curve.times / seconds
    shared: dict[str, Any] = {"legendgroup": escape(curve.tuner), "line_shape": "hv"}
    band = [(h, i) for h, i in zip(x.tolist(), curve.intervals, strict=True) if i is not None]
    if band:
        for bound, fill in ((1, None), (0, "tonexty")):
            figure.add_scatter(
                x=[h for h, _ in band],
                y=[max(floor, interval[bound]) for _, interval in band],
                mode="lines",
                line_width=0,
                fill=fill,
                fillcolor=f"rgba({', '.join(str(c) for c in _rgb(colour))}, 0.15)",
                showlegend=False,
                hoverinfo="skip",
                **shared,
            )
    figure.add_scatter(
        x=x,
        y=np.maximum(curve.means, floor),
        mode="lines",
        name=escape(curve.tuner),
        line_color=colour,
        **shared,
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
