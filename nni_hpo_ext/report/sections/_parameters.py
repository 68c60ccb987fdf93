"""What mattered: importance of the parameters."""

from __future__ import annotations

from collections.abc import Iterator

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Column, Row, Section, Table
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report._importance import Importance

__all__ = ["parameters", "trust"]

_TRUSTED = 0.3  # share of the variance that a forest should predict
_METHOD = (
    "Importance is the share of the variance of an objective over the whole search space that a "
    "parameter explains by itself, according to a random forest grown on the trials (functional "
    "ANOVA, Hutter et al., ICML 2014); in brackets, where nine tenths of the trees lie."
)


def trust(importance: Importance) -> str:
    """Say what importances rest on, and how far to trust them."""
    said = f"{importance.objective.name}: learnt from {text.count(importance.n, 'trial')}"
    if importance.stopped:
        said += f", {importance.stopped} of them stopped early and taken at what they had reached"
    predicted = text.percent(max(importance.explained, 0.0))
    if importance.explained < _TRUSTED:
        return (
            f"{said}. The forest predicts only {predicted} of the variance of trials it has not "
            "seen: take the order as a hint at most."
        )
    return f"{said}. The forest predicts {predicted} of the variance of trials it has not seen."


def parameters(findings: Findings) -> Section | None:
    """Return what mattered; None if the search space is not known or nothing has a value."""
    if findings.sample is None or not len(findings.sample.trials):
        return None
    known = [i for i in findings.importances if i is not None]
    said = [_METHOD, *(trust(i) for i in known)] if known else []
    missing = [
        goal.name
        for goal, i in zip(findings.study.objectives, findings.importances, strict=True)
        if i is None
    ]
    if missing:
        said.append(f"Too few trials, or no differences among them, for {', '.join(missing)}.")
    tables = [_table(i) for i in known]
    return Section("parameters", "Parameters", "What mattered", text=said, tables=tables)


def _table(importance: Importance) -> Table:
    columns = (
        Column("parameter"),
        Column("kind"),
        Column(f"share of the variance of {importance.objective.name}", number=True),
    )
    rows = [
        Row((p.name, "hardware" if p.hardware else "model", text.share(p.estimate)))
        for p in importance.parameters
    ]
    return Table(
        f"Importance for {importance.objective.name}",
        columns,
        (*rows, *_groups(importance)),
        _pairs(importance),
    )


def _groups(importance: Importance) -> Iterator[Row]:
    for kind, estimate in (("model", importance.model), ("hardware", importance.hardware)):
        if estimate is not None:
            yield Row((f"all {kind} parameters together", kind, text.share(estimate)), dim=True)


def _pairs(importance: Importance) -> str:
    names = {p.dimension: p.name for p in importance.parameters}
    top = [
        f"{names[i]} with {names[j]} {text.share(e)}"
        for i, j, e in importance.pairs[:3]
        if e.value >= 0.01
    ]
    return f"Beyond that, together: {'; '.join(top)}." if top else ""
