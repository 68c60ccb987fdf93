"""Figures of the tuner: which arm suggested what, and what it gained."""

from __future__ import annotations

from nni_hpo_ext.render import text
from nni_hpo_ext.render.figures import COLOURS, Figure, blank, plain, thinned
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.figures._style import numbered
from nni_hpo_ext.study import TrialRecord

__all__ = ["arm_figures"]

_MOST_POINTS = 200  # per arm


def arm_figures(findings: Findings) -> list[Figure]:
    """Return the figures of the arms; empty if the tuner did not choose among arms by chance."""
    proposals = [t.proposal for t in findings.study.trials if t.proposal is not None]
    if not any(p.probability is not None for p in proposals):
        return []
    return [_strip(findings), *_earned(findings)]


def _colours(findings: Findings) -> dict[str, str]:
    return {arm.name: COLOURS[i % len(COLOURS)] for i, arm in enumerate(findings.arms)}


def _strip(findings: Findings) -> Figure:
    names = [arm.name for arm in findings.arms]
    figure = blank("trial", "", height=110 + 26 * len(names))
    thin = False
    for name, colour in reversed(_colours(findings).items()):  # plotly draws the first row last
        all_own = [t for t in findings.study.trials if t.proposal and t.proposal.arm == name]
        own = [all_own[i] for i in thinned(len(all_own), _MOST_POINTS)]
        thin |= len(own) < len(all_own)
        figure.add_scatter(
            x=[t.number for t in own],
            y=[plain(name)] * len(own),
            **numbered(t.number for t in own),
            mode="markers",
            marker={
                "symbol": "square",
                "color": colour,
                "size": 11,
                "opacity": [_opacity(t) for t in own],
            },
            name=plain(name),
            showlegend=False,
        )
    figure.update_yaxes(type="category", showgrid=False)
    reading = (
        "Each square is a suggestion, in the row of the arm that made it. The darker it is, the "
        "more probable was the choice of the arm. Click a square to see the reason."
    )
    if thin:
        reading += f" At most {_MOST_POINTS} evenly spaced squares are shown per arm."
    return Figure("arms-choices", "Suggestions by arm", reading, figure)


def _opacity(trial: TrialRecord) -> float:
    probability = trial.proposal.probability if trial.proposal else None
    return 1.0 if probability is None else round(0.25 + 0.75 * probability, 3)


def _earned(findings: Findings) -> list[Figure]:
    goal = findings.study.objectives[0]
    colours = _colours(findings)
    earning = [arm for arm in findings.arms if arm.earned]
    if not earning:
        return []
    last = findings.steps[0][-1].count
    figure = blank("finished trials", f"sum of improvements, {goal.title}")
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
        "whose line rises late still finds improvements; an arm without a line found none. The "
        f"suggestions took {text.duration(_seconds(findings))} in total."
    )
    return [Figure("arms-earned", "Improvements by arm", reading, figure)]


def _seconds(findings: Findings) -> float:
    proposals = (t.proposal for t in findings.study.trials)
    return sum(p.seconds for p in proposals if p is not None and p.seconds is not None)
