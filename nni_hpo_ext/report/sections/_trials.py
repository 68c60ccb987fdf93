"""Tables of trials."""

from __future__ import annotations

from collections.abc import Sequence

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Column, Row, Section, Table
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.study import TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["all_trials", "trial_table"]


def all_trials(findings: Findings) -> Section:
    """Return the section of the table of all trials, which only the page shows."""
    study = findings.study
    explained = (
        f"{text.count(len(study.trials), 'trial')}. Click a heading to sort, a row to see the "
        "trial. Drag along an axis to choose trials by a parameter or an objective, and drag the "
        "name of an axis to move it; figures and table follow."
    )
    return Section("trials", "Trials", "All trials", text=[explained], trials=True)


def trial_table(
    title: str,
    trials: Sequence[TrialRecord],
    goals: Sequence[Objective],
    note: str = "",
    folded: bool = False,
) -> Table:
    """Return trials with their objectives, time and configuration."""
    columns = (
        Column("trial", number=True),
        *(Column(g.title, number=True) for g in goals),
        Column("time", number=True),
        Column("configuration", words=True),
    )
    rows = tuple(
        Row(
            (
                str(t.number),
                *(text.value(t.values.get(g.name)) for g in goals),
                "-" if t.seconds is None else text.duration(t.seconds),
                text.parameters(t.params or {}),
            )
        )
        for t in trials
    )
    return Table(title, columns, rows, note, folded)
