"""The best value so far, over trials or over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import BEST, Figure, blank, switch, thinned, view
from nni_hpo_ext.report.figures._style import END_STYLES, numbered
from nni_hpo_ext.study import End, Step, Study
from nni_hpo_ext.types import Objective

__all__ = ["progress_figure"]

_MOST_POINTS = 300  # per status
_OVER = ("finished trials", "time since the start")


def progress_figure(
    study: Study, goal: Objective, steps: Sequence[Step], key: str
) -> Figure | None:
    """Return the best value over finished trials or over time; None if no trial has one."""
    if all(math.isnan(s.value) for s in steps):
        return None
    unit, unit_name = text.clock(steps[-1].seconds)
    virtual = ", virtual clock" if study.simulated else ""
    titles = [_OVER[0], f"{_OVER[1]} ({unit_name}{virtual})"]
    over = [[float(s.count) for s in steps], [round(s.seconds / unit, 4) for s in steps]]
    figure, left_out = blank(titles[0], goal.title), 0
    positions: list[list[Any]] = [[], []]
    for end, style in END_STYLES.items():
        if end is End.STOPPED and goal != study.objectives[0]:
            continue  # other objectives depend on when the trial was stopped
        known = [i for i, s in enumerate(steps) if s.trial.end is end and not math.isnan(s.value)]
        chosen = [known[i] for i in thinned(len(known), _MOST_POINTS)]
        left_out += len(known) - len(chosen)
        if chosen:
            _add_trials(figure, [steps[i] for i in chosen], end, style)
            for where, x in zip(positions, over, strict=True):
                where.append([x[i] for i in chosen])
    corners = _corners(steps)
    _add_best(figure, [steps[i].best for i in corners])
    for where, x in zip(positions, over, strict=True):
        where.append([x[i] for i in corners])
    shown, _ = view([s.value for s in steps if s.trial.end is End.SUCCEEDED], goal)
    beyond = 0
    if shown:
        figure.update_yaxes(range=shown)
        beyond = sum(not shown[0] <= s.value <= shown[1] for s in steps if not math.isnan(s.value))
    switch(figure, ("trials", "time"), titles, positions)
    reading = _reading(goal, beyond, left_out)
    return Figure(key, f"Best {goal.shown} so far", reading, figure, small=True)


def _add_trials(figure: Any, steps: Sequence[Step], end: End, style: dict[str, Any]) -> None:
    figure.add_scatter(
        y=[step.value for step in steps],
        mode="markers",
        marker=style,
        name=end.value,
        **numbered(step.trial.number for step in steps),
    )


def _add_best(figure: Any, values: Sequence[float]) -> None:
    line = {"shape": "hv", "color": BEST, "width": 3}
    figure.add_scatter(y=values, mode="lines", line=line, name="best so far", hoverinfo="x+y")


def _corners(steps: Sequence[Step]) -> list[int]:
    """Return the steps at which the best value changes, and the last one."""
    bests = [s.best for s in steps]
    changed = [
        i
        for i, best in enumerate(bests)
        if not math.isnan(best) and (i == 0 or best != bests[i - 1])
    ]
    return [*changed, len(steps) - 1] if changed else []


def _reading(goal: Objective, beyond: int, left_out: int) -> str:
    better = "higher" if goal.direction == "maximize" else "lower"
    reading = f"Each point is a trial, the line the best value so far ({better} is better). "
    if beyond:
        reading += f"Outside the axes: {text.count(beyond, 'worse value')}. "
    if left_out:
        reading += f"Not shown: {text.count(left_out, 'point')}, evenly spaced. "
    return reading.strip()
