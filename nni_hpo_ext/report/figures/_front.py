"""The Pareto front and its hypervolume over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import BEST, COLOURS, Figure, blank, thinned, view
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report._volumes import REFERENCE_TRIALS
from nni_hpo_ext.report.figures._style import numbered
from nni_hpo_ext.study import End, Study, TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["front_figure", "front_figures", "hypervolume_figure"]

_MOST_PAIRS = 6
_MOST_POINTS = 500  # dominated trials
_MOST_NUMBERS = 25  # points of a front that are labelled
_SIDES = {"maximize": ("right", "up"), "minimize": ("left", "down")}


def front_figures(findings: Findings) -> list[Figure]:
    """Return the front for each pair of objectives, and its hypervolume over time."""
    study = findings.study
    pairs = list(combinations(study.objectives, 2))[:_MOST_PAIRS]
    if not study.front:
        return []
    fronts = [front_figure(study, x, y, f"front-{i}") for i, (y, x) in enumerate(pairs)]
    grown = hypervolume_figure(findings)
    return [*fronts, grown] if grown else fronts


def front_figure(study: Study, x: Objective, y: Objective, key: str) -> Figure:
    """Return the trials by two objectives, with the front on top."""
    figure = blank(x.title, y.title)
    front = {t.number for t in study.front}
    done = [t for t in study.of(End.SUCCEEDED) if x.name in t.values and y.name in t.values]
    dominated = [t for t in done if t.number not in front]
    kept = [dominated[i] for i in thinned(len(dominated), _MOST_POINTS)]
    _add_points(figure, "dominated", [(t, t.values[x.name], t.values[y.name]) for t in kept], 0)
    stopped = _stopped(study, x, y)
    _add_points(figure, "stopped early", stopped, 1, symbol="circle-open")
    _add_front(figure, [t for t in done if t.number in front], x, y, len(study.objectives) == 2)
    beyond = 0
    for goal, update in ((x, figure.update_xaxes), (y, figure.update_yaxes)):
        limits, outside = view([t.values[goal.name] for t in done], goal)
        on_front = [t.values[goal.name] for t in study.front]
        if limits and limits[0] <= min(on_front) and max(on_front) <= limits[1]:
            update(range=limits)
            beyond += outside
    reading = (
        f"Each point is a trial; further {_SIDES[x.direction][0]} and {_SIDES[y.direction][1]} is "
        "better. No trial is better than one on the front in one objective without being worse in "
        "another. Numbers are those of the trials."
    )
    if stopped:
        reading += " Hollow points show the values at which trials were stopped."
    if len(kept) < len(dominated):
        left_out = len(dominated) - len(kept)
        reading += f" Not shown: {text.count(left_out, 'dominated trial')}, evenly spaced."
    if beyond:
        reading += f" Outside the axes: {text.count(beyond, 'much worse value')}."
    return Figure(key, f"Pareto front: {y.shown} against {x.shown}", reading, figure, small=True)


_Points = Sequence[tuple[TrialRecord, float, float]]


def _stopped(study: Study, x: Objective, y: Objective) -> _Points:
    """Return the stopped trials with the values that they reported last."""
    last = [(t, t.reports[-1].values) for t in study.of(End.STOPPED) if t.reports]
    known = [(t, v[x.name], v[y.name]) for t, v in last if x.name in v and y.name in v]
    return [known[i] for i in thinned(len(known), _MOST_POINTS)]


def _add_points(
    figure: Any, name: str, points: _Points, colour: int, symbol: str = "circle"
) -> None:
    if points:
        figure.add_scatter(
            x=[x for _, x, _ in points],
            y=[y for *_, y in points],
            **numbered(t.number for t, *_ in points),
            mode="markers",
            marker={"color": COLOURS[colour], "size": 7, "opacity": 0.7, "symbol": symbol},
            name=name,
        )


def _add_front(
    figure: Any, trials: Sequence[TrialRecord], x: Objective, y: Objective, only: bool
) -> None:
    """Add the front, as a staircase if these are the only objectives."""
    trials = sorted(trials, key=lambda t: t.values[x.name])
    label = len(trials) <= _MOST_NUMBERS
    modes = [*(["lines"] if only else []), "markers", *(["text"] if label else [])]
    figure.add_scatter(
        x=[t.values[x.name] for t in trials],
        y=[t.values[y.name] for t in trials],
        **numbered(t.number for t in trials),
        mode="+".join(modes),
        text=[str(t.number) for t in trials],
        textposition="top center",
        cliponaxis=False,  # the label of the best point lies above the axis
        line={"shape": "hv" if x.direction == "minimize" else "vh", "width": 1, "color": BEST},
        marker={"color": BEST, "size": 11, "opacity": 0.9},
        name="Pareto front",
    )


def hypervolume_figure(findings: Findings) -> Figure | None:
    """Return the hypervolume over time; None where it is not computed."""
    if not findings.volumes:
        return None
    steps = findings.steps[0]
    unit, unit_name = text.clock(steps[-1].seconds)
    figure = blank(f"time since the start ({unit_name})", "hypervolume")
    grown = [(s / unit, v, n) for n, s, v in findings.volumes]
    grown.append((steps[-1].seconds / unit, grown[-1][1], steps[-1].count))
    figure.add_scatter(
        x=[round(t, 4) for t, *_ in grown],
        y=[float(f"{v:.5g}") for _, v, _ in grown],
        hovertext=[f"after {text.count(n, 'trial')}" for *_, n in grown],
        hoverinfo="text+x+y",
        mode="lines+markers",
        line={"shape": "hv", "color": BEST, "width": 3},
        name="hypervolume",
        showlegend=False,
    )
    figure.update_yaxes(rangemode="tozero")
    reading = (
        "Volume that the front dominates. The reference point is the worst value of each objective "
        f"among the first {REFERENCE_TRIALS} successful trials; 1 is the box between it and their "
        "best values. It grows when the front advances or becomes denser."
    )
    return Figure("hypervolume", "Hypervolume over time", reading, figure, small=True)
