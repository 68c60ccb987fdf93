"""How it went: best so far, learning curves, Pareto front."""

from __future__ import annotations

import math

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Section
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.sections._trials import trial_table

__all__ = ["curves", "front", "progress"]

_MOST_ROWS = 30


def progress(findings: Findings) -> Section | None:
    """Return when the best was found; None without a value."""
    said = []
    for goal, steps in zip(findings.study.objectives, findings.steps, strict=True):
        last = steps[-1].best if steps else math.nan
        if math.isnan(last):
            continue
        first = next(s for s in steps if s.best == last)
        said.append(
            f"The best {goal.name}, {text.value(last)}, came with the {_nth(first.count)} of "
            f"{text.count(steps[-1].count, 'trial')} to end, after {text.duration(first.seconds)} "
            f"of {text.duration(steps[-1].seconds)}."
        )
    return Section("progress", "Progress", "Best so far", text=said) if said else None


def _nth(n: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th") if n % 100 not in (11, 12, 13) else "th"
    return f"{n}{ending}"


def curves(findings: Findings) -> Section | None:
    """Return what early stopping did; None without intermediate results."""
    if not any(t.reports for t in findings.study.trials):
        return None
    savings = findings.study.savings
    said = "No trial was stopped early, or none completed to compare with."
    if savings is not None:
        said = (
            f"{text.count(savings.stopped, 'trial')} stopped early did without "
            f"{text.count(savings.steps, 'epoch')}, about {text.duration(findings.saved_seconds)} "
            "of computing, if each had gone on at its pace to the length of the longest completed "
            f"trial ({savings.full})."
        )
    return Section("curves", "Learning curves", "Learning curves and early stops", text=[said])


def front(findings: Findings) -> Section | None:
    """Return the Pareto front; None with a single objective."""
    study = findings.study
    if not study.front:
        return None
    note = ""
    if len(study.front) > _MOST_ROWS:
        note = f"{_MOST_ROWS} of {len(study.front)} trials, the best by {study.objectives[0].name}."
    table = trial_table("Pareto front", study.front[:_MOST_ROWS], study.objectives, note)
    said = (
        f"{text.count(len(study.front), 'trial')} of those that succeeded cannot be bettered in "
        "one objective without loss in another."
    )
    return Section("front", "Pareto front", "Pareto front", text=[said], tables=[table])
