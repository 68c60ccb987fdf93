"""Failed and stopped trials, with reasons."""

from __future__ import annotations

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Column, Row, Section, Table
from nni_hpo_ext.report._findings import Cause, Findings
from nni_hpo_ext.study import End

__all__ = ["failures"]

_MOST_ROWS = 15
_MOST_NUMBERS = 8


def failures(findings: Findings) -> Section:
    """Return the reasons of failed and stopped trials, and of rejected values."""
    failed = len(findings.study.of(End.FAILED))
    summary = "No trial failed."
    if failed:
        share = text.percent(failed / len(findings.study.trials))
        summary = f"{text.count(failed, 'trial')} failed ({share})."
    tables = []
    if findings.causes:
        tables.append(_causes(findings))
    if findings.rejected:
        rows = tuple(Row((reason, str(n))) for reason, n in findings.rejected[:_MOST_ROWS])
        columns = (Column("reason", words=True), Column("count", number=True))
        title = "Values rejected by the tuner"
        tables.append(Table(title, columns, rows, _more(len(findings.rejected))))
    title = "Failed and stopped trials"
    return Section("failures", "Failures", title, text=[summary], tables=tables)


def _causes(findings: Findings) -> Table:
    columns = (
        Column("status"),
        Column("reason", words=True),
        Column("trials", number=True),
        Column("numbers"),
    )
    rows = tuple(_row(cause) for cause in findings.causes[:_MOST_ROWS])
    return Table("Why trials did not succeed", columns, rows, _more(len(findings.causes)))


def _row(cause: Cause) -> Row:
    numbers = ", ".join(map(str, cause.numbers[:_MOST_NUMBERS]))
    if len(cause.numbers) > _MOST_NUMBERS:
        numbers += ", …"
    return Row(
        (cause.end, cause.reason or "unknown", str(len(cause.numbers)), numbers),
        dim=cause.end != End.FAILED.value,
    )


def _more(n: int) -> str:
    return f"… and {text.count(n - _MOST_ROWS, 'other reason')}." if n > _MOST_ROWS else ""
