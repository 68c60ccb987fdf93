"""Next steps: the proposed search space, and how to run the study again."""

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
    """Return the proposed search space; None if the old one is unknown."""
    narrowing = findings.narrowing
    if narrowing is None:
        return None
    paragraphs = [
        _verdict(narrowing),
        "The best trials are the top fifth by each objective (down to a tenth if most trials were "
        f"stopped early) and the Pareto front, here {narrowing.elite} of {narrowing.trials}. A "
        "side of a range, or an option, is removed only if it was explored and contains none of "
        "the best trials, which must be unlikely by chance (5 % level, Bonferroni-corrected). The "
        "new space contains all of the best trials, with a margin. A bound where they cluster is "
        "extended, unless it may be a natural limit.",
    ]
    lines = [f"  {json.dumps(name)}: {json.dumps(p)}" for name, p in narrowing.space.items()]
    shown = "{\n" + ",\n".join(lines) + "\n}"
    code = Code("next-space", "Proposed search space (search_space.json):", "json", shown)
    return Section(
        "next",
        "Next search space",
        "Proposed search space",
        text=paragraphs,
        tables=[_table(narrowing)],
        codes=[code],
    )


def _verdict(narrowing: Narrowing) -> str:
    changed = sum(c.changed for c in narrowing.changes)
    if not changed:
        found = "The search space is unchanged: there is no evidence for a change."
    else:
        found = f"{changed} of {text.count(len(narrowing.changes), 'parameter')} changed."
    advised = [c.name for c in narrowing.changes if c.kind == "advice"]
    return f"{found} Look at {', '.join(advised)}: see the advice below." if advised else found


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
    return Table("Changes by parameter", columns, rows, folded=not narrowing.changed)


def _shown(value: Any) -> str:
    options = [o["_name"] if isinstance(o, dict) and "_name" in o else o for o in value]
    shown = json.dumps(options, ensure_ascii=False)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"


def again(findings: Findings) -> Section:
    """Return the best configuration, and how to repeat the study."""
    source, language = rerun(findings.study)
    title = "Command of the simulation:" if language == "sh" else "Config of the experiment:"
    codes = [Code("config", title, language, source)]
    best = best_parameters(findings.study)
    if best and findings.study.best is not None:
        title = f"Best configuration (trial {findings.study.best.number}):"
        codes.insert(0, Code("best", title, "json", best))
    return Section("again", "Run again", "Run again", codes=codes)
