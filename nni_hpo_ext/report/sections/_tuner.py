"""What the tuner did."""

from __future__ import annotations

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Column, Row, Section, Table
from nni_hpo_ext.report._findings import Findings

__all__ = ["tuner"]

_MOST_ROWS = 10


def tuner(findings: Findings) -> Section | None:
    """Return what each arm suggested and earned; None without a journal."""
    if not findings.arms and not findings.fallbacks:
        return None
    tables = [_arms(findings)] if findings.arms else []
    if findings.fallbacks:
        tables.append(_fallbacks(findings))
    said = "No algorithm failed."
    if findings.fallbacks:
        total = text.count(findings.study.journal.substitutes, "suggestion")
        said = f"{total} came from another algorithm, as one had failed."
    return Section("tuner", "Tuner", "What the tuner did", text=[said], tables=tables)


def _arms(findings: Findings) -> Table:
    goal = findings.study.objectives[0]
    columns = (
        Column("arm"),
        Column("suggestions", number=True),
        Column("trials that succeeded", number=True),
        Column(f"best {goal.name}", number=True),
        Column("times the best so far", number=True),
        Column(f"moved the best {goal.name} by", number=True),
        Column("seconds (median)", number=True),
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
    columns = (Column("what failed", words=True), Column("times", number=True))
    return Table("Fallbacks", columns, rows, f"… and {more} other errors." if more > 0 else "")
