"""Parameter importance."""

from __future__ import annotations

from collections.abc import Iterator

from nni_hpo_ext.render import text
from nni_hpo_ext.render.page import Column, Row, Section, Table
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report._importance import Importance

__all__ = ["parameters", "trust"]

_METHOD = (
    "The importance of a parameter is the share of the variance of an objective over the search "
    "space that the parameter explains by itself. It is estimated by functional ANOVA of a random "
    "forest fitted to the trials (Hutter et al., ICML 2014). Brackets show the range of 90 % of "
    "the trees."
)


def trust(importance: Importance) -> str:
    """Return how many trials the importances are based on, and how reliable they are."""
    basis = f"{importance.objective.shown}: based on {text.count(importance.n, 'trial')}"
    if importance.stopped:
        basis += f", including {importance.stopped} stopped early at the value they reached"
    explained = text.percent(max(importance.explained, 0.0))
    if not importance.evident:
        return (
            f"{basis}. The parameters explain nothing that holds for unseen trials ({explained} of "
            "the variance), so no importance is shown."
        )
    sentence = f"{basis}. The forest explains {explained} of the variance of unseen trials"
    return f"{sentence}." if importance.trusted else f"{sentence}: the ranking is a rough guide."


def parameters(findings: Findings) -> Section | None:
    """Return parameter importance; None if the search space is unknown or no trial has a value."""
    if findings.sample is None or not len(findings.sample.trials):
        return None
    known = [i for i in findings.importances if i is not None]
    evident = [i for i in known if i.evident]
    paragraphs = [_METHOD] if evident else []
    paragraphs += [trust(i) for i in known]
    missing = [
        goal.shown
        for goal, i in zip(findings.study.objectives, findings.importances, strict=True)
        if i is None
    ]
    if missing:
        paragraphs.append(
            f"No importance for {', '.join(missing)}: there are too few trials, or all values are "
            "equal."
        )
    tables = [_table(i) for i in evident]
    title = "Parameter importance"
    return Section("parameters", "Parameters", title, text=paragraphs, tables=tables)


def _table(importance: Importance) -> Table:
    columns = (
        Column("parameter"),
        Column("kind"),
        Column(f"share of variance of {importance.objective.shown}", number=True),
    )
    rows = [
        Row((p.name, "hardware" if p.hardware else "model", text.share(p.estimate)))
        for p in importance.parameters
    ]
    return Table(
        f"Importance for {importance.objective.shown}",
        columns,
        (*rows, *_groups(importance)),
        _pairs(importance),
        folded=True,
    )


def _groups(importance: Importance) -> Iterator[Row]:
    for kind, estimate in (("model", importance.model), ("hardware", importance.hardware)):
        if estimate is not None:
            yield Row((f"all {kind} parameters together", kind, text.share(estimate)), dim=True)


def _pairs(importance: Importance) -> str:
    names = {p.dimension: p.name for p in importance.parameters}
    top = [
        f"{names[i]} and {names[j]}, {text.share(e)}"
        for i, j, e in importance.pairs[:3]
        if e.value >= 0.01
    ]
    return f"Largest interactions: {'; '.join(top)}." if top else ""
