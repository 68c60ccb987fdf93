"""The best value so far, over trials and over time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import BEST, Figure, axis_of, blank, down_to, thinned
from nni_hpo_ext.report.figures._style import END_STYLES, numbered
from nni_hpo_ext.study import End, Step, Study
from nni_hpo_ext.types import Objective

__all__ = ["progress_figures"]

_MOST_POINTS = 300  # per status


def progress_figures(
    study: Study, goal: Objective, steps: Sequence[Step], key: str
) -> list[Figure]:
    """Return the best value over finished trials and over time; empty if no trial has one."""
    if all(math.isnan(s.value) for s in steps):
        return []
    unit, unit_name = text.clock(steps[-1].seconds)
    virtual = " on the virtual clock" if study.simulated else ""
    better = "higher" if goal.direction == "maximize" else "lower"
    note = (
        "Each point is a trial. The line is the best value of a successful trial so far "
        f"({better} is better). "
    )
    over = [
        ("trials", "finished trials", [float(s.count) for s in steps], ""),
        ("time", f"time since the start ({unit_name}{virtual})", [s.seconds / unit for s in steps],
         "A long plateau suggests that more trials of the same search would gain little. "),
    ]  # fmt: skip
    return [
        _figure(goal, study, steps, x, title, f"{key}-{name}", note + more)
        for name, title, x, more in over
    ]


def _figure(
    goal: Objective,
    study: Study,
    steps: Sequence[Step],
    x: Sequence[float],
    title: str,
    key: str,
    reading: str,
) -> Figure:
    figure, left_out = blank(title, axis_of(goal)), 0
    for end, style in END_STYLES.items():
        if end is End.STOPPED and goal != study.objectives[0]:
            continue  # other objectives depend on when the trial was stopped
        known = [i for i, s in enumerate(steps) if s.trial.end is end and not math.isnan(s.value)]
        chosen = [known[i] for i in thinned(len(known), _MOST_POINTS)]
        left_out += len(known) - len(chosen)
        if chosen:
            figure.add_scatter(
                x=[round(x[i], 4) for i in chosen],
                y=[steps[i].value for i in chosen],
                mode="markers",
                marker=style,
                name=end.value,
                **numbered(steps[i].trial.number for i in chosen),
            )
    line = _corners(steps, x)
    figure.add_scatter(
        x=[x for x, _ in line],
        y=[y for _, y in line],
        mode="lines",
        line={"shape": "hv", "color": BEST, "width": 3},
        name="best so far",
        hoverinfo="x+y",
    )
    shown, beyond = _view(steps, goal)
    if shown:
        figure.update_yaxes(range=shown)
        reading += (
            f"Outside the axes: {text.count(beyond, 'worse trial')}; double-click to see all. "
        )
    if left_out:
        reading += f"Not shown: {text.count(left_out, 'point')}, evenly spaced. "
    where = "over time" if key.endswith("time") else "over trials"
    return Figure(key, f"Best {goal.name} so far, {where}", reading.strip(), figure)


def _view(steps: Sequence[Step], goal: Objective) -> tuple[list[float] | None, int]:
    """Return the axis range that shows the best value and the better half of the trials."""
    losses = goal.sign * np.array([s.value for s in steps if not math.isnan(s.value)])
    bests = [goal.sign * s.best for s in steps if not math.isnan(s.best)]
    return down_to(max([float(np.median(losses)), *bests[:1]]), losses, goal)


def _corners(steps: Sequence[Step], x: Sequence[float]) -> list[tuple[float, float]]:
    """Return the points where the best value changes, and the last point."""
    corners = [
        (round(x[i], 4), s.best)
        for i, s in enumerate(steps)
        if not math.isnan(s.best) and (i == 0 or s.best != steps[i - 1].best)
    ]
    return [*corners, (round(x[-1], 4), steps[-1].best)] if corners else []
