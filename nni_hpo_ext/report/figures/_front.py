"""The Pareto front and its hypervolume over time."""

from __future__ import annotations

from itertools import combinations

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import BEST, COLOURS, Figure, axis_of, blank, thinned, view
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.figures._style import numbered
from nni_hpo_ext.study import End
from nni_hpo_ext.types import Objective

__all__ = ["front_figures"]

_MOST_PAIRS = 6
_MOST_POINTS = 500  # dominated trials


def front_figures(findings: Findings) -> list[Figure]:
    """Return the front for each pair of objectives, and its hypervolume over time."""
    pairs = list(combinations(findings.study.objectives, 2))[:_MOST_PAIRS]
    if not findings.study.front:
        return []
    fronts = [_front(findings, x, y, f"front-{i}") for i, (y, x) in enumerate(pairs)]
    return [*fronts, *_hypervolume(findings)]


def _front(findings: Findings, x: Objective, y: Objective, key: str) -> Figure:
    study = findings.study
    figure, left_out = blank(axis_of(x), axis_of(y), height=430), 0
    front = {t.number for t in study.front}
    done = [t for t in study.of(End.SUCCEEDED) if x.name in t.values and y.name in t.values]
    groups = (
        ("dominated", [t for t in done if t.number not in front], COLOURS[0], 6),
        ("Pareto front", [t for t in done if t.number in front], BEST, 11),
    )
    for name, trials, colour, size in groups:
        trials = sorted(trials, key=lambda t: t.values[x.name])
        if name == "dominated":
            kept = thinned(len(trials), _MOST_POINTS)
            left_out = len(trials) - len(kept)
            trials = [trials[i] for i in kept]
        line = len(study.objectives) == 2 and name == "Pareto front"
        shape = "hv" if x.direction == "minimize" else "vh"
        figure.add_scatter(
            x=[t.values[x.name] for t in trials],
            y=[t.values[y.name] for t in trials],
            **numbered(t.number for t in trials),
            mode="lines+markers" if line else "markers",
            line={"shape": shape, "width": 1, "color": colour},
            marker={"color": colour, "size": size, "opacity": 0.8},
            name=name,
        )
    beyond = 0
    for goal, update in ((x, figure.update_xaxes), (y, figure.update_yaxes)):
        limits, outside = view([t.values[goal.name] for t in done], goal)
        on_front = [t.values[goal.name] for t in study.front]
        if limits and limits[0] <= min(on_front) and max(on_front) <= limits[1]:
            update(range=limits)
            beyond += outside
    sides = {"maximize": ("right", "up"), "minimize": ("left", "down")}
    reading = (
        f"Each point is a successful trial; trials further {sides[x.direction][0]} and "
        f"{sides[y.direction][1]} are better. Trials on the front are Pareto-optimal: no other "
        "trial is better in one objective without being worse in another. Click a point to see its "
        "configuration."
    )
    if left_out:
        reading += f" Not shown: {text.count(left_out, 'dominated trial')}, evenly spaced."
    if beyond:
        reading += f" Outside the axes: {text.count(beyond, 'much worse value')}."
    return Figure(key, f"Pareto front: {y.name} against {x.name}", reading, figure)


def _hypervolume(findings: Findings) -> list[Figure]:
    if not findings.volumes:
        return []
    steps = findings.steps[0]
    unit, unit_name = text.clock(steps[-1].seconds)
    figure = blank(f"time since the start ({unit_name})", "hypervolume (share of the box)")
    grown = [(s / unit, v, n) for n, s, v in findings.volumes]
    grown.append((steps[-1].seconds / unit, grown[-1][1], steps[-1].count))
    figure.add_scatter(
        x=[round(t, 4) for t, *_ in grown],
        y=[v for _, v, _ in grown],
        hovertext=[f"after {text.count(n, 'trial')}" for *_, n in grown],
        hoverinfo="text+x+y",
        mode="lines+markers",
        line={"shape": "hv", "color": BEST, "width": 3},
        name="hypervolume",
    )
    reading = (
        "The hypervolume is the share that the front dominates of the box between the best and the "
        "worst value of each objective. It grows when the front advances or becomes denser; a "
        "plateau suggests that the trade-off is known."
    )
    return [Figure("hypervolume", "Hypervolume over time", reading, figure)]
