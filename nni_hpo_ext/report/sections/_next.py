"""What next: a search space to go on with, and what to run again."""

from __future__ import annotations

import json
from typing import Any

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Code, Column, Row, Section, Table
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report._narrow import Narrowing
from nni_hpo_ext.report._rerun import best_parameters, rerun

__all__ = ["again", "next_space"]


def next_space(findings: Findings) -> Section | None:
    """Return the proposed search space; None if the old one is not known."""
    narrowing = findings.narrowing
    if narrowing is None:
        return None
    said = [
        "The best trials are a fifth of all by each objective (a tenth where most were stopped "
        f"early), and the Pareto front: here {narrowing.elite} of {narrowing.trials}. A side of a "
        "range, or an option, is dropped only if it was tried and the best keep clear of it more "
        "than chance would (5 % level over all questions asked together). What is left holds all "
        "of the best, with a margin. A bound at which they crowd is moved out, unless it may be a "
        "natural limit.",
        _verdict(narrowing),
    ]
    lines = [f"  {json.dumps(name)}: {json.dumps(p)}" for name, p in narrowing.space.items()]
    shown = "{\n" + ",\n".join(lines) + "\n}"
    code = Code("next-space", "The search space to go on with (search_space.json):", "json", shown)
    return Section(
        "next",
        "Next search space",
        "A search space to go on with",
        text=said,
        tables=[_table(narrowing)],
        codes=[code],
    )


def _verdict(narrowing: Narrowing) -> str:
    changed = sum(c.kind != "kept" for c in narrowing.changes)
    if not changed:
        return "There is no evidence for a change: it is the old one."
    return f"{text.count(changed, 'parameter')} of {len(narrowing.changes)} changed."


def _table(narrowing: Narrowing) -> Table:
    columns = (
        Column("parameter"),
        Column("change"),
        Column("from"),
        Column("to"),
        Column("reason", words=True),
    )
    rows = tuple(
        Row((c.name, c.kind, _shown(c.before), _shown(c.after), c.reason), dim=c.kind == "kept")
        for c in narrowing.changes
    )
    return Table("Changes, parameter by parameter", columns, rows)


def _shown(value: Any) -> str:
    options = [o["_name"] if isinstance(o, dict) and "_name" in o else o for o in value]
    shown = json.dumps(options, ensure_ascii=False)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"


def again(findings: Findings) -> Section:
    """Return what repeats the study, and its best configuration."""
    what, language = rerun(findings.study)
    title = "The command that repeats it:" if language == "sh" else "The config that was run:"
    codes = [Code("config", title, language, what)]
    best = best_parameters(findings.study)
    if best and findings.study.best is not None:
        said = f"The best configuration (trial {findings.study.best.number}):"
        codes.insert(0, Code("best", said, "json", best))
    return Section("again", "Run again", "Run it again", codes=codes)
