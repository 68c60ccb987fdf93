"""Learning curves with early stops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import BEST, COLOURS, Figure, blank, thinned, view
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.figures._style import numbered
from nni_hpo_ext.study import End, Report, Study, TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["curve_figures"]

_MOST_CURVES = 200
_MOST_POINTS = 30


def curve_figures(findings: Findings) -> list[Figure]:
    """Return the learning curves of the first objective; empty without intermediate results."""
    study = findings.study
    goal = study.objectives[0]
    trials = [t for t in study.trials if any(not math.isnan(y) for _, y in _points(t, goal))]
    if not trials:
        return []
    shown = _chosen(trials, study, goal)
    figure = blank("epoch (index of the intermediate result)", goal.title)
    groups = (
        ("succeeded", [t for t in shown if t.end is End.SUCCEEDED], COLOURS[0]),
        ("stopped early", [t for t in shown if t.end is End.STOPPED], COLOURS[1]),
        ("others", [t for t in shown if t.end not in (End.SUCCEEDED, End.STOPPED)], "#999999"),
    )
    for name, members, colour in groups:
        if members:
            line = {"color": colour, "width": 1}
            figure.add_scatter(**_lines(members, goal), name=name, line=line, opacity=0.5)
    _mark_stops(figure, [t for t in shown if t.end is End.STOPPED], goal)
    if study.best is not None and study.best.number in {t.number for t in shown}:
        line = {"color": BEST, "width": 3}
        figure.add_scatter(**_lines([study.best], goal), name="best trial", line=line)
    values = [y for t in shown for _, y in _points(t, goal)]
    limits, _ = view(values, goal)
    if limits:
        figure.update_yaxes(range=limits)
    return [Figure("curves", "Learning curves", _reading(findings, trials, shown), figure)]


def _points(trial: TrialRecord, goal: Objective) -> list[tuple[int, float]]:
    """Return the curve of a trial as (epoch, value)."""
    return [(i, _value(r, goal)) for i, r in enumerate(trial.reports, start=1)]


def _value(report: Report, goal: Objective) -> float:
    return report.values.get(goal.name, math.nan)


def _chosen(trials: Sequence[TrialRecord], study: Study, goal: Objective) -> list[TrialRecord]:
    """Return all trials, or the best and an even sample of the rest."""
    if len(trials) <= _MOST_CURVES:
        return list(trials)
    ranked = sorted(trials, key=lambda t: _rank(t, goal))
    best, rest = ranked[: _MOST_CURVES // 4], ranked[_MOST_CURVES // 4 :]
    return best + [rest[i] for i in thinned(len(rest), _MOST_CURVES - len(best))]


def _rank(trial: TrialRecord, goal: Objective) -> float:
    succeeded = trial.end is End.SUCCEEDED and goal.name in trial.values
    return goal.sign * trial.values[goal.name] if succeeded else math.inf


def _lines(trials: Sequence[TrialRecord], goal: Objective) -> dict[str, Any]:
    """Return many curves as one trace, with gaps between them."""
    x: list[int | None] = []
    y: list[float | None] = []
    number: list[int | None] = []
    for trial in trials:
        points = _points(trial, goal)
        kept = [points[i] for i in thinned(len(points), _MOST_POINTS)]
        x += [*(e for e, _ in kept), None]
        y += [*(None if math.isnan(v) else float(f"{v:.5g}") for _, v in kept), None]
        number += [trial.number] * (len(kept) + 1)
    return {"x": x, "y": y, "mode": "lines", **numbered(number)}


def _mark_stops(figure: Any, stopped: Sequence[TrialRecord], goal: Objective) -> None:
    ends = [(t, *_points(t, goal)[-1]) for t in stopped if t.reports]
    ends = [(t, x, y) for t, x, y in ends if not math.isnan(y)]
    if ends:
        figure.add_scatter(
            x=[x for _, x, _ in ends],
            y=[y for *_, y in ends],
            **numbered(t.number for t, *_ in ends),
            mode="markers",
            marker={"symbol": "x", "color": COLOURS[1], "size": 6},
            name="stop",
        )


def _reading(
    findings: Findings, trials: Sequence[TrialRecord], shown: Sequence[TrialRecord]
) -> str:
    reading = "Each line is a trial; a cross marks an early stop. "
    savings = findings.study.savings
    if savings is not None:
        reading += (
            f"Early stopping saved {text.count(savings.steps, 'epoch')} in "
            f"{text.count(savings.stopped, 'trial')}, relative to the "
            f"{text.count(savings.full, 'epoch')} of the longest completed trial: about "
            f"{text.duration(findings.saved_seconds)} of compute. "
        )
    elif not findings.study.of(End.STOPPED):
        reading += "No trial was stopped early. "
    if len(shown) < len(trials):
        reading += (
            f"{len(shown)} of {len(trials)} curves are shown: the best {_MOST_CURVES // 4} and an "
            "even sample of the rest. "
        )
    if max(len(t.reports) for t in shown) > _MOST_POINTS:
        reading += f"At most {_MOST_POINTS} evenly spaced points are shown per curve. "
    return reading.strip()
