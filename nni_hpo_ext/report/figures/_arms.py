"""Figures of the tuner: suggestions, improvements and times by arm."""

from __future__ import annotations

from typing import TypeVar

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import COLOURS, Figure, blank, plain, thinned
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.figures._style import numbered

__all__ = ["arm_figures"]

_T = TypeVar("_T")
_MOST_POINTS = 200  # per arm


def arm_figures(findings: Findings) -> list[Figure]:
    """Return the figures of the arms; empty without a journal."""
    if not any(t.proposal is not None for t in findings.study.trials):
        return []
    return [_choices(findings), *_earned(findings), *_seconds(findings)]


def _colours(findings: Findings) -> dict[str, str]:
    return {arm.name: COLOURS[i % len(COLOURS)] for i, arm in enumerate(findings.arms)}


def _even(items: list[_T]) -> list[_T]:
    return [items[i] for i in thinned(len(items), _MOST_POINTS)]


def _thinning(findings: Findings) -> str:
    if max(arm.suggested for arm in findings.arms) <= _MOST_POINTS:
        return ""
    return f" At most {_MOST_POINTS} evenly spaced points are shown per arm."


def _choices(findings: Findings) -> Figure:
    study = findings.study
    figure = blank("trial (in order of suggestion)", "probability of the chosen arm")
    for name, colour in _colours(findings).items():
        own = _even([t for t in study.trials if t.proposal and t.proposal.arm == name])
        figure.add_scatter(
            x=[t.number for t in own],
            y=[t.proposal.probability if t.proposal else None for t in own],
            **numbered(t.number for t in own),
            mode="markers",
            marker={"color": colour, "size": 7, "opacity": 0.8},
            name=plain(name),
        )
    figure.update_yaxes(range=[-0.03, 1.05])
    reading = (
        "Each point is a suggestion, coloured by arm. Its height is the probability with which the "
        "arm was chosen; 1 means that there was no choice. Click a point to see the reason."
        + _thinning(findings)
    )
    return Figure("arms-choices", "Suggestions by arm", reading, figure)


def _earned(findings: Findings) -> list[Figure]:
    goal = findings.study.objectives[0]
    colours = _colours(findings)
    earning = [arm for arm in findings.arms if arm.earned]
    if not earning:
        return []
    last = findings.steps[0][-1].count
    figure = blank("finished trials", f"sum of improvements ({goal.name}, as reported)")
    for arm in earning:
        points = [(0, 0.0), *arm.earned, (last, arm.earned[-1][1])]
        figure.add_scatter(
            x=[n for n, _ in points],
            y=[float(f"{y:.5g}") for _, y in points],
            mode="lines",
            line={"shape": "hv", "color": colours[arm.name], "width": 3},
            name=plain(arm.name),
            hoverinfo="name+x+y",
        )
    reading = (
        "Each line adds up the improvements of the best value by the trials of one arm. An arm "
        "whose line rises late still finds improvements; an arm without a line found none."
    )
    return [Figure("arms-earned", "Improvements by arm", reading, figure)]


def _seconds(findings: Findings) -> list[Figure]:
    timed = [
        (t, t.proposal.seconds)
        for t in findings.study.trials
        if t.proposal is not None and t.proposal.seconds is not None
    ]
    if not timed:
        return []
    colours = _colours(findings)
    figure = blank("trial (in order of suggestion)", "time of the suggestion (seconds)")
    for name, colour in colours.items():
        own = _even([(t, s) for t, s in timed if t.proposal and t.proposal.arm == name])
        if own:
            figure.add_scatter(
                x=[t.number for t, _ in own],
                y=[s for _, s in own],
                **numbered(t.number for t, _ in own),
                mode="markers",
                marker={"color": colour, "size": 5},
                name=plain(name),
            )
    figure.update_yaxes(rangemode="tozero")
    total = sum(s for _, s in timed)
    reading = (
        f"Time that the tuner took for each suggestion, {text.duration(total)} in total. It should "
        f"be far shorter than a trial.{_thinning(findings)}"
    )
    return [Figure("arms-seconds", "Time per suggestion", reading, figure)]
