"""Progress: best value so far, learning curves, Pareto front."""

from __future__ import annotations

import math

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Section
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.sections._trials import trial_table

__all__ = ["curves", "front", "progress"]

_MOST_ROWS = 30


def progress(findings: Findings) -> Section | None:
    """Return when the best value was found; None if no trial has a value."""
    sentences = []
    for goal, steps in zip(findings.study.objectives, findings.steps, strict=True):
        last = steps[-1].best if steps else math.nan
        if math.isnan(last):
            continue
        first = next(s for s in steps if s.best == last)
        sentences.append(
            f"The best {goal.shown} is {text.value(last)}. The {_nth(first.count)} of "
            f"{text.count(steps[-1].count, 'finished trial')} reached it, after "
            f"{text.duration(first.seconds)} of {text.duration(steps[-1].seconds)}."
        )
    return Section("progress", "Progress", "Progress", text=sentences) if sentences else None


def _nth(n: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th") if n % 100 not in (11, 12, 13) else "th"
    return f"{n}{ending}"


def curves(findings: Findings) -> Section | None:
    """Return what early stopping saved; None without intermediate results."""
    if not any(t.reports for t in findings.study.trials):
        return None
    savings = findings.study.savings
    summary = "Early stopping saved nothing: no trial was stopped, or no trial completed."
    if savings is not None:
        summary = (
            f"Early stopping saved {text.count(savings.steps, 'epoch')} in "
            f"{text.count(savings.stopped, 'trial')}, about "
            f"{text.duration(findings.saved_seconds)} of compute. The estimate assumes that each "
            "stopped trial would have continued at its own pace to the length of the longest "
            f"completed trial ({text.count(savings.full, 'epoch')})."
        )
    title = "Learning curves and early stopping"
    return Section("curves", "Learning curves", title, text=[summary])


def front(findings: Findings) -> Section | None:
    """Return the Pareto front; None for a single objective."""
    study = findings.study
    if not study.front:
        return None
    note = ""
    if len(study.front) > _MOST_ROWS:
        note = f"The best {_MOST_ROWS} of {len(study.front)} trials by {study.objectives[0].shown}."
    table = trial_table(
        "Pareto-optimal trials", study.front[:_MOST_ROWS], study.objectives, note, True
    )
    summary = (
        f"The Pareto front has {text.count(len(study.front), 'trial')}. No other successful trial "
        "is better than one of these in one objective without being worse in another."
    )
    return Section("front", "Pareto front", "Pareto front", text=[summary], tables=[table])
