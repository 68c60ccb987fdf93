"""Render a report as an HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.render.html import page
from nni_hpo_ext.render.page import Section
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.study import TrialRecord

__all__ = ["html"]


def html(
    findings: Findings, title: str, subtitle: str, sections: Sequence[Section], footer: str
) -> str:
    """Return the page of a report, with its figures and the details of each trial."""
    from nni_hpo_ext.report.figures import figures, groups

    drawn, more = figures(findings), groups(findings)
    return page(title, subtitle, sections, footer, drawn, groups=more, trials=_trials(findings))


def _trials(findings: Findings) -> Mapping[str, Any]:
    """Return the details of each trial, shown when a point is hovered over or clicked."""
    study = findings.study
    return {
        "goals": [goal.name for goal in study.objectives],
        "trials": {str(t.number): _details(t) for t in study.trials},
    }


def _details(trial: TrialRecord) -> dict[str, Any]:
    details: dict[str, Any] = {"end": trial.end.value}
    if trial.reason:
        details["reason"] = trial.reason
    if trial.proposal is not None:
        details |= {"arm": trial.proposal.arm, "why": trial.proposal.reason}
    return {**details, "values": trial.values, "parameters": trial.params}
