"""Suggestions, improvements and fallbacks of the tuner."""

from __future__ import annotations

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Column, Row, Section, Table
from nni_hpo_ext.report._findings import Findings

__all__ = ["tuner"]

_MOST_ROWS = 10


def tuner(findings: Findings) -> Section | None:
    """Return the results of each arm; None without a journal."""
    if not findings.arms and not findings.fallbacks:
        return None
    tables = [_arms(findings)] if findings.arms else []
    if findings.fallbacks:
        tables.append(_fallbacks(findings))
    summary = "No component of the tuner failed."
    if findings.fallbacks:
        total = text.count(findings.study.journal.substitutes, "suggestion")
        summary = f"{total} came from a fallback, because a component of the tuner failed."
    return Section("tuner", "Tuner", "Tuner", text=[summary], tables=tables)


def _arms(findings: Findings) -> Table:
    goal = findings.study.objectives[0]
    columns = (
        Column("arm"),
        Column("suggestions", number=True),
        Column("successful trials", number=True),
        Column(f"best {goal.shown}", number=True),
        Column("improvements", number=True),
        Column(f"total improvement of {goal.shown}", number=True),
        Column("median seconds", number=True),
    )
    rows = tuple(
        Row(
            (
                arm.name,
                str(arm.suggested),
                str(arm.succeeded),
                text.value(arm.best),
                str(arm.improvements),
                text.value(arm.earned[-1][1] if arm.earned else 0.0),
                text.value(arm.seconds),
            )
        )
        for arm in findings.arms
    )
    return Table("Arms", columns, rows)


def _fallbacks(findings: Findings) -> Table:
    rows = tuple(Row((error, str(n))) for error, n in findings.fallbacks[:_MOST_ROWS])
    more = len(findings.fallbacks) - _MOST_ROWS
    columns = (Column("error", words=True), Column("count", number=True))
    return Table("Fallbacks", columns, rows, f"… and {more} other errors." if more > 0 else "")
