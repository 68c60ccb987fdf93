"""The summary of a study that notebooks show."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from nni_hpo_ext.render import text
from nni_hpo_ext.study import Study, TrialRecord

__all__ = ["summary_html"]

_MOST_ROWS = 5
_MOST_PARAMETERS = 12


def summary_html(study: Study) -> str:
    """Return the counts of a study and a table of its best trials, as HTML."""
    counts = Counter(trial.end.value for trial in study.trials)
    parts = ", ".join(f"{count} {end}" for end, count in counts.items())
    heading = f"<b>{escape(study.name or study.id)}</b>: {len(study.trials)} trials"
    lines = [f"{heading} ({escape(parts)})" if parts else heading]
    lines += [f"{len(study.front)} trials on the Pareto front"] if study.front else []
    best = (study.front or study.ranking)[:_MOST_ROWS]
    return "<br>".join(lines) + (_table(study, best) if best else "")


def _table(study: Study, trials: Sequence[TrialRecord]) -> str:
    goals = study.objectives
    names = list(dict.fromkeys(n for t in trials for n in t.params or {}))[:_MOST_PARAMETERS]
    rows = "".join(
        _row(
            "td",
            [
                t.number,
                *(_shown(t.values.get(goal.name)) for goal in goals),
                *(_shown((t.params or {}).get(name)) for name in names),
            ],
        )
        for t in trials
    )
    heading = _row("th", ["trial", *(goal.title for goal in goals), *names])
    return f"<table><thead>{heading}</thead>{rows}</table>"


def _row(tag: str, cells: Iterable[Any]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return text.value(value)
    return value if isinstance(value, str) else json.dumps(value)
