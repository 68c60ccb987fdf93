"""Show the results of a conformance suite as a table, Markdown or JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.testing.runner import CaseOutcome, SuiteReport

__all__ = ["markdown", "show", "to_json"]


def show(report: SuiteReport, console: Console) -> None:
    """Print a table with a row for each group of cases, at 80 columns."""
    if report.fault:
        console.print(f"{report.class_name}: {report.fault}", soft_wrap=True)
        return
    table = Table(title=Text(f"{report.kind} {report.class_name}"), title_justify="left")
    table.add_column("group")
    table.add_column("passed", justify="right")
    table.add_column("first failure", overflow="fold", ratio=1)
    for group in _groups([report]):
        table.add_row(group, _share(_of(report, group)), Text(_first_failure(_of(report, group))))
    console.print(table)
    console.print(_summary(report), soft_wrap=True)


def _groups(reports: Iterable[SuiteReport]) -> list[str]:
    return list(dict.fromkeys(o.group for r in reports for o in r.outcomes))


def _of(report: SuiteReport, group: str) -> list[CaseOutcome]:
    return [o for o in report.outcomes if o.group == group]


def _share(outcomes: Sequence[CaseOutcome]) -> str:
    """Return ``passed/run``, or the state if no case was run."""
    tried = [o for o in outcomes if o.state not in ("skipped", "not run")]
    if not tried:
        return outcomes[0].state if outcomes else ""
    return f"{sum(not o.bad for o in tried)}/{len(tried)}"


def _first_failure(outcomes: Sequence[CaseOutcome]) -> str:
    for outcome in sorted(outcomes, key=lambda o: not o.bad):
        if outcome.state != "passed":
            state = "" if outcome.state == "failed" else f" {outcome.state}"
            return f"{outcome.name}{state}: {outcome.said}"
    return ""


def _summary(report: SuiteReport) -> str:
    states = [o.state for o in report.outcomes]
    counts = [f"{states.count(s)} {s}" for s in dict.fromkeys(states)]
    return f"{len(states)} cases: {', '.join(counts)}"


def markdown(reports: Sequence[SuiteReport]) -> str:
    """Return a Markdown table with a row for each algorithm and a column for each group."""
    tables = []
    for kind in ("tuner", "assessor"):
        chosen = [r for r in reports if r.kind == kind]
        if chosen:
            groups = _groups(chosen)
            rows = [[_label(r), *(_share(_of(r, g)) for g in groups), _total(r)] for r in chosen]
            tables.append(_table([kind, *groups, "all"], rows, "---:"))
    broken = [[_label(r), _cell(r.fault)] for r in reports if r.fault]
    if broken:
        tables.append(_table(["not tested", "error"], broken, "---"))
    return "\n\n".join(tables)


def _label(report: SuiteReport) -> str:
    package, name = report.class_name.partition(".")[0], report.class_name.rpartition(".")[2]
    return f"{package}: {name}"


def _total(report: SuiteReport) -> str:
    return _share(report.outcomes)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], rule: str) -> str:
    lines = [head, ["---", *[rule] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def to_json(reports: Sequence[SuiteReport]) -> list[dict[str, Any]]:
    """Return the results as plain JSON values."""
    return [dataclasses.asdict(r) for r in reports]
