"""Slices over one parameter and contours over pairs of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import BEST, COLOURS, Figure, blank, plain, thinned, view
from nni_hpo_ext.render.statistics import Estimate
from nni_hpo_ext.report._importance import Importance
from nni_hpo_ext.report._sample import Sample
from nni_hpo_ext.report.figures._axes import Axis, axis, place
from nni_hpo_ext.report.figures._style import numbered
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.types import Objective

__all__ = ["contour_figures", "slice_figures"]

_MOST_SHOWN = 20  # parameters
_MOST_POINTS = 200
_MOST_PAIRS = 3
_BAND = (10, 90)  # percentiles over the trees
_HEIGHT = 320


def slice_figures(
    sample: Sample, j: int, goal: Objective, importance: Importance, key: str
) -> list[Figure]:
    """Return an objective over each parameter, the most important parameters first."""
    rows = np.flatnonzero(np.isfinite(sample.losses[:, j]))
    dims = [p.dimension for p in importance.parameters]
    return [_slice(sample, rows, i, j, goal, importance, f"{key}-{i}") for i in dims[:_MOST_SHOWN]]


def _slice(
    sample: Sample,
    rows: np.ndarray[tuple[int], np.dtype[np.intp]],
    i: int,
    j: int,
    goal: Objective,
    importance: Importance,
    key: str,
) -> Figure:
    dim = sample.space.dimensions[i]
    shown = axis(dim)
    figure = blank("", goal.title, height=_HEIGHT)
    figure.update_layout(xaxis=shown.layout, showlegend=False)
    rows = rows[sample.active[rows, i]]
    values = goal.sign * sample.losses[rows, j]
    kept = thinned(len(rows), _MOST_POINTS)
    chosen = rows[kept]
    figure.add_scatter(
        x=place(dim, shown, sample.X[chosen, i]),
        y=_rounded(values[kept]),
        **numbered(sample.trials[r].number for r in chosen),
        mode="markers",
        marker={
            "color": [COLOURS[0] if sample.completed[r] else COLOURS[1] for r in chosen],
            "size": 5,
            "opacity": 0.6,
        },
    )
    _add_marginal(figure, shown, goal.sign * importance.anova.marginal(i, shown.grid))
    limits, _ = view(values, goal)
    if limits:
        figure.update_yaxes(range=limits)
    reading = (
        "Each point is a trial; orange trials were stopped early. Green: prediction of a random "
        "forest, averaged over all other parameters, with the range of 80 % of the trees. "
    )
    if len(chosen) < len(rows):
        reading += f"{len(chosen)} of {len(rows)} trials are shown."
    return Figure(key, f"{goal.shown} by {dim.name}", reading.strip(), figure, small=True)


def _add_marginal(figure: Any, shown: Axis, curves: FloatArray) -> None:
    """Add the mean of the curves of all trees ``(T, g)``, with a band of most of them."""
    low, high = np.percentile(curves, _BAND, axis=0)
    mean = curves.mean(axis=0)
    colour = {"color": BEST, "width": 3}
    if shown.labels is not None:
        figure.add_scatter(
            x=shown.ticks,
            y=_rounded(mean),
            error_y={
                "type": "data",
                "symmetric": False,
                "array": _rounded(high - mean),
                "arrayminus": _rounded(mean - low),
                "color": BEST,
            },
            mode="markers",
            marker={"symbol": "line-ew-open", "size": 22, "color": BEST, "line": {"width": 3}},
            hoverinfo="y",
        )
        return
    figure.add_scatter(
        x=[*shown.ticks, *reversed(shown.ticks)],
        y=[*_rounded(high), *reversed(_rounded(low))],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor="rgba(0, 158, 115, 0.18)",
        hoverinfo="skip",
    )
    figure.add_scatter(x=shown.ticks, y=_rounded(mean), mode="lines", line=colour, hoverinfo="x+y")


def _rounded(values: FloatArray) -> list[float]:
    return [float(f"{v:.5g}") for v in values]


def contour_figures(
    sample: Sample, j: int, goal: Objective, importance: Importance, key: str
) -> list[Figure]:
    """Return contours of the pairs of parameters whose interaction matters."""
    return [
        _contour(sample, j, pair, goal, importance, f"{key}-{n}")
        for n, pair in enumerate(importance.interactions[:_MOST_PAIRS])
    ]


def _contour(
    sample: Sample,
    j: int,
    pair: tuple[int, int, Estimate],
    goal: Objective,
    importance: Importance,
    key: str,
) -> Figure:
    i, k, together = pair
    first, second = sample.space.dimensions[i], sample.space.dimensions[k]
    x, y = axis(first), axis(second)
    figure = blank("", "", height=_HEIGHT + 40)
    figure.update_layout(xaxis=x.layout, yaxis=y.layout, showlegend=False)
    surface = goal.sign * importance.anova.marginal_pair(i, k, x.grid, y.grid).T
    draw = figure.add_heatmap if x.coarse or y.coarse else figure.add_contour
    draw(
        x=x.ticks,
        y=y.ticks,
        z=[_rounded(row) for row in surface],
        colorscale="Viridis",
        reversescale=goal.direction == "minimize",
        colorbar={"title": {"text": plain(goal.title), "side": "right"}, "thickness": 12},
        hoverinfo="x+y+z",
    )
    rows = np.flatnonzero(
        np.isfinite(sample.losses[:, j]) & sample.active[:, i] & sample.active[:, k]
    )
    rows = rows[thinned(len(rows), _MOST_POINTS)]
    figure.add_scatter(
        x=place(first, x, sample.X[rows, i]),
        y=place(second, y, sample.X[rows, k]),
        **numbered(sample.trials[r].number for r in rows),
        mode="markers",
        marker={"color": "white", "size": 5, "line": {"color": "black", "width": 1}},
    )
    reading = (
        f"Colour: {goal.shown} predicted by a random forest, averaged over all other parameters "
        "(yellow is better). Points are trials. The interaction of the two parameters explains "
        f"{text.share(together)} of the variance, in addition to their individual effects."
    )
    title = f"{goal.shown} by {first.name} and {second.name}"
    return Figure(key, title, reading, figure, small=True)
