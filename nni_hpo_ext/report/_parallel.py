"""Data of the parallel coordinates: axes, and where each trial crosses them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nni_hpo_ext.render import text
from nni_hpo_ext.report._importance import Importance
from nni_hpo_ext.report._sample import Sample
from nni_hpo_ext.space import Choice, Dimension, FloatArray, Uniform
from nni_hpo_ext.types import Objective

__all__ = ["parallel_coordinates"]

_MOST_AXES = 14
_MOST_LINES = 400
_MOST_TICKS = 12  # options of a choice
_FENCE = 1.5  # interquartile ranges beyond which an objective is drawn at the end of its axis
_EDGES = (0.01, 0.99)  # quantiles shown of a normal parameter
_TIERS = (0.1, 0.25, 0.5, 1.0)  # shares of the ranking, each with a colour


def parallel_coordinates(
    sample: Sample, goals: Sequence[Objective], importance: Importance | None
) -> dict[str, Any]:
    """Return axes and lines as plain JSON values; no axes with fewer than two comparable trials.

    Parameters
    ----------
    sample
        The trials.
    goals
        The objectives; the first one ranks.
    importance
        Orders the parameters; None keeps the order of the search space.

    Returns
    -------
    dict
        ``axes``: name and ticks of each axis, as (position, label); ``lines``: number of the trial,
        tier of its rank (0 is best) and position on each axis, None where it does not apply.
        Positions are in [0, 1].
    """
    known = np.flatnonzero(np.isfinite(sample.losses[:, 0])) if len(sample.trials) else np.zeros(0)
    if len(known) < 2:
        return {"axes": [], "lines": []}
    ranked = known[np.lexsort((sample.losses[known, 0], ~sample.completed[known]))]
    dims = range(len(sample.space))
    if importance is not None and importance.evident:
        dims = [p.dimension for p in importance.parameters]  # type: ignore[assignment]
    shown = list(dims)[:_MOST_AXES]
    heights = [_heights(sample.losses[:, j]) for j in range(len(goals))]
    axes = [_axis(sample.space.dimensions[i]) for i in shown]
    axes += [_objective_axis(goal, sample.losses[:, j], heights[j]) for j, goal in enumerate(goals)]
    tiers = np.searchsorted(_TIERS, (np.arange(len(ranked)) + 0.5) / len(ranked))
    kept = _kept(len(ranked))
    lines = [
        {
            "trial": sample.trials[ranked[k]].number,
            "tier": int(tiers[k]),
            "at": [
                *(_at(sample, ranked[k], i) for i in shown),
                *(_rounded(float(column[ranked[k]])) for column in heights),
            ],
        }
        for k in kept
    ]
    return {"axes": axes, "lines": lines}


def _kept(n: int) -> list[int]:
    """Return the ranks of the lines that are drawn: the best half, and an even sample."""
    if n <= _MOST_LINES:
        return list(range(n))
    best = _MOST_LINES // 2
    return [*range(best), *np.linspace(best, n - 1, _MOST_LINES - best).round().astype(int)]


def _at(sample: Sample, row: int, i: int) -> float | None:
    return round(float(sample.X[row, i]), 4) if sample.active[row, i] else None


def _rounded(height: float) -> float | None:
    return round(height, 4) if math.isfinite(height) else None


def _axis(dim: Dimension) -> dict[str, Any]:
    domain = dim.domain
    if isinstance(domain, Choice):
        n = domain.n_values
        step = max(1, math.ceil(n / _MOST_TICKS))
        ticks = [((k + 0.5) / n, text.number(domain.ranked[k])) for k in range(0, n, step)]
        return {"name": dim.name, "ticks": ticks}
    low, high = (0.0, 1.0) if isinstance(domain, Uniform) or domain.n_values else _EDGES
    levels = np.linspace(low, high, 5).tolist()
    if domain.n_values and domain.n_values <= _MOST_TICKS:
        levels = list(domain.units())
    ticks = [(round(u, 4), text.value(domain.from_unit(u))) for u in levels]
    return {"name": dim.name, "ticks": ticks}


def _bounds(losses: FloatArray) -> tuple[float, float]:
    """Return the best loss, and the worst one or a fence far beyond most of them."""
    finite = losses[np.isfinite(losses)]
    if not len(finite):
        return 0.0, 1.0
    low, high = np.percentile(finite, [25, 75])
    fence = high + _FENCE * (high - low)
    inside = finite[finite <= fence]
    return float(finite.min()), float(inside.max() if len(inside) else finite.max())


def _heights(losses: FloatArray) -> FloatArray:
    """Return positions with the best value at the top, NaN where there is no value."""
    best, worst = _bounds(losses)
    return np.clip((worst - losses) / ((worst - best) or 1.0), 0.0, 1.0)


def _objective_axis(goal: Objective, losses: FloatArray, heights: FloatArray) -> dict[str, Any]:
    best, worst = _bounds(losses)
    beyond = bool((losses > worst).any())
    levels = [(u, goal.sign * (worst + u * (best - worst))) for u in np.linspace(0, 1, 5).tolist()]
    ticks = [(round(u, 4), text.value(float(v))) for u, v in levels]
    if beyond:
        ticks[0] = (ticks[0][0], f"{ticks[0][1]} or worse")
    return {"name": goal.title, "ticks": ticks, "objective": True}
