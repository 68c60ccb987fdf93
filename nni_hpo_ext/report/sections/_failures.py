"""What did not work, with causes."""

from __future__ import annotations

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Column, Row, Section, Table
from nni_hpo_ext.report._findings import Cause, Findings
from nni_hpo_ext.study import End

__all__ = ["failures"]

_MOST_ROWS = 15
_MOST_NUMBERS = 8


def failures(findings: Findings) -> Section:
    """Return trials that failed or were stopped, and values that were rejected."""
    failed = len(findings.study.of(End.FAILED))
    said = "No trial failed."
    if failed:
        share = text.percent(failed / len(findings.study.trials))
        said = f"{text.count(failed, 'trial')} failed ({share})."
    tables = []
    if findings.causes:
        tables.append(_causes(findings))
    if findings.rejected:
        rows = tuple(Row((reason, str(n))) for reason, n in findings.rejected[:_MOST_ROWS])
        columns = (Column("why", words=True), Column("times", number=True))
        title = "Values that the tuner rejected"
        tables.append(Table(title, columns, rows, _more(len(findings.rejected))))
    return Section("failures", "Failures", "Failures and stops", text=[said], tables=tables)


def _causes(findings: Findings) -> Table:
    columns = (
        Column("end"),
        Column("cause", words=True),
        Column("trials", number=True),
        Column("which"),
    )
    rows = tuple(_row(cause) for cause in findings.causes[:_MOST_ROWS])
    return Table("Why trials did not succeed", columns, rows, _more(len(findings.causes)))


def _row(cause: Cause) -> Row:
    numbers = ", ".join(map(str, cause.numbers[:_MOST_NUMBERS]))
    if len(cause.numbers) > _MOST_NUMBERS:
        numbers += ", …"
    return Row(
        (cause.end, cause.reason or "not known", str(len(cause.numbers)), numbers),
        dim=cause.end != End.FAILED.value,
    )


def _more(n: int) -> str:
    return f"… and {text.count(n - _MOST_ROWS, 'other cause')}." if n > _MOST_ROWS else ""
