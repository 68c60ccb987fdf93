"""Render a report as an HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.render.html import page
from nni_hpo_ext.render.page import Section
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report._parallel import parallel_coordinates
from nni_hpo_ext.study import TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["html"]

_MOST_POINTS = 40  # of a curve in the panel of a trial


def html(
    findings: Findings,
    title: str,
    subtitle: str,
    sections: Sequence[Section],
    footer: str,
    *,
    follow: str = "",
) -> str:
    """Return the page of a report, with its figures and the details of each trial."""
    from nni_hpo_ext.report.figures import figures, groups

    return page(
        title,
        subtitle,
        sections,
        footer,
        figures(findings),
        groups=groups(findings),
        trials=_trials(findings),
        follow=follow,
    )


def _trials(findings: Findings) -> Mapping[str, Any]:
    """Return the trials for the table, the panel of a trial and the parallel coordinates."""
    study, sample = findings.study, findings.sample
    parallel: Mapping[str, Any] = {"axes": [], "lines": []}
    if sample is not None:
        parallel = parallel_coordinates(sample, study.objectives, findings.importances[0])
    return {
        "goals": [_goal(goal) for goal in study.objectives],
        "trials": {str(t.number): _details(t, study.objectives[0]) for t in study.trials},
        "parallel": parallel,
    }


def _goal(goal: Objective) -> dict[str, Any]:
    return {"name": goal.name, "title": goal.title, "larger": goal.direction == "maximize"}


def _details(trial: TrialRecord, goal: Objective) -> dict[str, Any]:
    details: dict[str, Any] = {"end": trial.end.value}
    if trial.reason:
        details["reason"] = trial.reason
    if trial.proposal is not None:
        details |= {"arm": trial.proposal.arm, "why": trial.proposal.reason}
    if trial.seconds is not None:
        details["seconds"] = round(trial.seconds, 2)
    curve = [r.values[goal.name] for r in trial.reports if goal.name in r.values]
    if curve:
        from nni_hpo_ext.render.figures import thinned

        kept = thinned(len(curve), _MOST_POINTS)
        details["curve"] = [float(f"{curve[i]:.4g}") for i in kept]
    return {**details, "values": trial.values, "parameters": trial.params}
