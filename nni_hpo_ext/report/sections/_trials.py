"""Tables of trials."""

from __future__ import annotations

from collections.abc import Sequence

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Column, Row, Table
from nni_hpo_ext.study import TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["trial_table"]


def trial_table(
    title: str, trials: Sequence[TrialRecord], goals: Sequence[Objective], note: str = ""
) -> Table:
    """Return trials with their objectives, time and configuration."""
    columns = (
        Column("trial", number=True),
        *(Column(f"{g.name} ({g.direction})", number=True) for g in goals),
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
    return Table(title, columns, rows, note)
