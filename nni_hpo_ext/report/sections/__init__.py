"""The sections of a report, one module per topic."""

from __future__ import annotations

from nni_hpo_ext.render.page import Section
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.sections._failures import failures
from nni_hpo_ext.report.sections._next import again, next_space
from nni_hpo_ext.report.sections._parameters import parameters
from nni_hpo_ext.report.sections._progress import curves, front, progress
from nni_hpo_ext.report.sections._summary import summary
from nni_hpo_ext.report.sections._trials import all_trials
from nni_hpo_ext.report.sections._tuner import tuner

__all__ = ["sections"]

_PARTS = (
    summary,
    progress,
    front,
    curves,
    all_trials,
    parameters,
    tuner,
    failures,
    next_space,
    again,
)


def sections(findings: Findings) -> list[Section]:
    """Return all sections of the report that have content."""
    return [section for part in _PARTS if (section := part(findings)) is not None]
