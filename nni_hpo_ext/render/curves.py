"""Mean curves of step functions with confidence bands, as data and as traces of a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from nni_hpo_ext.render.statistics import Interval, mean_interval, possible
from nni_hpo_ext.space import FloatArray

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["FEWEST_RUNS", "MeanCurve", "add_curve", "mean_steps"]

FEWEST_RUNS = 5
"""Number of runs from which an interval of their mean is drawn."""


@dataclass(frozen=True, slots=True)
class MeanCurve:
    """A mean of step functions.

    Attributes
    ----------
    label
        Label of the curve, usually the tuner.
    times
        Seconds, shape ``(n,)``.
    means
        Means, shape ``(n,)``; NaN while one of the functions has no value yet.
    intervals
        Student's 95 % interval at each time, within what the mean can be; None where it is
        undefined, and for fewer than `FEWEST_RUNS` runs.
    """

    label: str
    times: FloatArray
    means: FloatArray
    intervals: tuple[Interval | None, ...]


def mean_steps(
    steps: Sequence[Sequence[tuple[float, float]]], times: FloatArray, before: float
) -> tuple[FloatArray, tuple[Interval | None, ...]]:
    """Average step functions at the times ``(n,)``.

    Parameters
    ----------
    steps
        The steps of each function as (time, value from then on), in order of time.
    times
        Times at which to evaluate the mean, in seconds.
    before
        Value before the first step, NaN or infinite.

    Returns
    -------
    ndarray, tuple of interval or None
        Means, shape ``(n,)``, NaN while a function has no value yet; Student's 95 % intervals, see
        `MeanCurve`.

    Examples
    --------
    >>> import numpy as np
    >>> steps = [[(0.0, 4.0), (2.0, 2.0)], [(1.0, 3.0)]]
    >>> means, intervals = mean_steps(steps, np.array([0.0, 1.0, 2.0]), np.nan)
    >>> means.tolist()
    [nan, 3.5, 2.5]
    """
    values = np.array([_at(of_one, times, before) for of_one in steps])
    reached = np.isfinite(values).all(axis=0)
    means = np.where(reached, np.where(reached, values, 0.0).mean(axis=0), math.nan)
    return means, tuple(_interval(column.tolist()) for column in values.T)


def _interval(values: list[float]) -> Interval | None:
    return possible(mean_interval(values), values) if len(values) >= FEWEST_RUNS else None


def _at(steps: Sequence[tuple[float, float]], times: FloatArray, before: float) -> FloatArray:
    ends = np.array([time for time, _ in steps])
    values = np.array([before, *(value for _, value in steps)])
    return np.asarray(values[np.searchsorted(ends, times, side="right")])


def add_curve(
    figure: go.Figure, curve: MeanCurve, colour: str, *, seconds: float, floor: float = -math.inf
) -> None:
    """Add a mean curve with its band to a figure.

    Parameters
    ----------
    figure
        The figure.
    curve
        The curve to add.
    colour
        Colour as ``#rrggbb``.
    seconds
        Unit of the time axis, in seconds.
    floor
        Lower values are drawn at this value.
    """
    x = curve.times / seconds
    shared: dict[str, Any] = {"legendgroup": escape(curve.label), "line_shape": "hv"}
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
        name=escape(curve.label),
        line_color=colour,
        **shared,
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
