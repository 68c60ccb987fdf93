"""Parallel coordinates: configurations as lines across all parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import Figure, blank, plain, thinned
from nni_hpo_ext.report._importance import Importance
from nni_hpo_ext.report._sample import Sample
from nni_hpo_ext.report.figures._style import numbered
from nni_hpo_ext.space import Choice, Dimension
from nni_hpo_ext.types import Objective

__all__ = ["parallel_figure"]

_MOST_AXES = 14
_MOST_LINES = 100  # per group
_Rows = np.ndarray[tuple[int], np.dtype[np.intp]]


class _Group(NamedTuple):
    """Trials down to a share of the ranking, with the style of their lines."""

    name: str
    share: float
    colour: str
    width: float
    opacity: float


_GROUPS = (
    _Group("best 10 %", 0.1, "#440154", 1.4, 0.6),
    _Group("10 to 25 %", 0.25, "#31688e", 1.0, 0.6),
    _Group("25 to 50 %", 0.5, "#35b779", 0.8, 0.4),
    _Group("rest", 1.0, "#bbbbbb", 0.7, 0.4),
)


def parallel_figure(
    sample: Sample, goals: Sequence[Objective], importance: Importance | None
) -> Figure | None:
    """Return one line per trial, coloured by the first objective; None with fewer than two."""
    goal = goals[0]
    known = np.flatnonzero(np.isfinite(sample.losses[:, 0]))
    if len(known) < 2:
        return None
    ranked = known[np.lexsort((sample.losses[known, 0], ~sample.completed[known]))]
    dims = list(range(len(sample.space)))
    if importance is not None:
        dims = [p.dimension for p in importance.parameters]
    dims = dims[:_MOST_AXES]
    figure = blank("parameters, with the objective on the right", "position within the range", 460)
    drawn = _draw(figure, sample, ranked, dims)
    _name_axes(figure, [sample.space.dimensions[i] for i in dims], goal, sample.losses[ranked, 0])
    reading = (
        "Each line is a trial. It crosses each axis at the value of the parameter, from the lower "
        "bound at the bottom to the upper bound at the top, or option by option. Bundles of dark "
        "lines show where the best trials lie. Stopped trials rank last. Click a name in the "
        "legend to hide a group. "
    )
    if drawn < len(ranked):
        reading += f"{drawn} of {len(ranked)} trials are shown, an even sample of each group. "
    if len(dims) < len(sample.space):
        reading += f"The {len(dims)} most important of {len(sample.space)} parameters are shown."
    title = f"Parallel coordinates, coloured by {goal.name}"
    return Figure("parallel", title, reading.strip(), figure, wide=True)


def _draw(figure: Any, sample: Sample, ranked: _Rows, dims: Sequence[int]) -> int:
    """Add the groups, the best last so that it lies on top; return the number of lines."""
    losses = sample.losses[ranked, 0]
    heights = (losses.max() - losses) / (float(np.ptp(losses)) or 1.0)  # best at the top
    ends = [0, *(math.ceil(group.share * len(ranked)) for group in _GROUPS)]
    drawn = 0
    for group, first, last in reversed(list(zip(_GROUPS, ends, ends[1:], strict=False))):
        members = first + thinned(last - first, _MOST_LINES)
        lines = [_line(sample, ranked[m], dims, float(heights[m])) for m in members]
        if lines:
            figure.add_scatter(
                x=[x for line in lines for x, _ in [*line, (None, None)]],
                y=[y for line in lines for _, y in [*line, (None, None)]],
                **numbered(
                    sample.trials[ranked[m]].number
                    for m, line in zip(members, lines, strict=True)
                    for _ in range(len(line) + 1)
                ),
                mode="lines",
                line={"color": group.colour, "width": group.width},
                opacity=group.opacity,
                name=group.name,
            )
        drawn += len(lines)
    return drawn


def _line(sample: Sample, row: int, dims: Sequence[int], height: float) -> list[tuple[int, float]]:
    """Return where a trial crosses the axes, except those of branches it did not choose."""
    points = [
        (p, round(float(sample.X[row, i]), 4)) for p, i in enumerate(dims) if sample.active[row, i]
    ]
    return [*points, (len(dims), round(height, 4))]


def _name_axes(figure: Any, dims: Sequence[Dimension], goal: Objective, losses: Any) -> None:
    names = [*(d.name for d in dims), goal.name]
    ends = [*(_ends(d) for d in dims), (goal.sign * losses.max(), goal.sign * losses.min())]
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=[plain(_short(n, 18)) for n in names]
    )
    figure.update_xaxes(range=[-0.4, len(names) - 0.6], showgrid=True, gridcolor="#888888")
    figure.update_yaxes(range=[-0.09, 1.09], tickvals=[0, 1], ticktext=["low", "high"])
    for p, (low, high) in enumerate(ends):
        for value, at, anchor in ((low, -0.01, "top"), (high, 1.01, "bottom")):
            figure.add_annotation(
                x=p,
                y=at,
                text=plain(_short(text.value(value), 10)),
                showarrow=False,
                yanchor=anchor,
                font={"size": 10},
            )
    figure.update_layout(legend={"traceorder": "reversed", "y": 1.02})


def _ends(dim: Dimension) -> tuple[Any, Any]:
    """Return the values at both ends of an axis."""
    if isinstance(dim.domain, Choice):
        return text.number(dim.domain.ranked[0]), text.number(dim.domain.ranked[-1])
    return dim.domain.from_unit(0.0), dim.domain.from_unit(1.0)


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
