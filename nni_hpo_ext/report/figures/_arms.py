"""What the tuner did: arms, probabilities, seconds, and what each arm earned."""

from __future__ import annotations

from typing import TypeVar

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import COLOURS, Figure, blank, plain, thinned
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.figures._style import numbered

__all__ = ["arm_figures"]

_T = TypeVar("_T")
_MOST_POINTS = 200  # of each arm


def arm_figures(findings: Findings) -> list[Figure]:
    """Draw which arm suggested what, and what came of it; none without a journal."""
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
    return f" Of each arm {_MOST_POINTS} points at most are drawn, evenly spaced."


def _choices(findings: Findings) -> Figure:
    study = findings.study
    figure = blank("trial (order of the suggestions)", "probability of the chosen arm")
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
        "Each point is a suggestion, coloured by the arm that made it, at the probability with "
        "which that arm was chosen; 1 means that there was no choice. Tap a point for its reason."
        + _thinning(findings)
    )
    return Figure("arms-choices", "Which arm suggested what", reading, figure)


def _earned(findings: Findings) -> list[Figure]:
    goal = findings.study.objectives[0]
    colours = _colours(findings)
    earning = [arm for arm in findings.arms if arm.earned]
    if not earning:
        return []
    last = findings.steps[0][-1].count
    figure = blank("trials that had ended", f"sum of improvements ({goal.name}, as reported)")
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
        "By how much each arm's trials moved the best so far, added up. A line that rises late "
        "shows which arm still finds something; arms without a line never improved on the best."
    )
    return [Figure("arms-earned", "What each arm earned", reading, figure)]


def _seconds(findings: Findings) -> list[Figure]:
    timed = [
        (t, t.proposal.seconds)
        for t in findings.study.trials
        if t.proposal is not None and t.proposal.seconds is not None
    ]
    if not timed:
        return []
    colours = _colours(findings)
    figure = blank("trial (order of the suggestions)", "time of the suggestion (seconds)")
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
        f"How long the tuner took for each suggestion, {text.duration(total)} in all. It should "
        f"stay far below the time of a trial.{_thinning(findings)}"
    )
    return [Figure("arms-seconds", "Seconds per suggestion", reading, figure)]
