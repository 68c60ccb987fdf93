"""The figures of a report, one module per kind; importing them imports plotly."""

from __future__ import annotations

from nni_hpo_ext.render.figures import Figure, FigureGroup
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report._importance import Importance
from nni_hpo_ext.report.figures._arms import arm_figures
from nni_hpo_ext.report.figures._curves import curve_figures
from nni_hpo_ext.report.figures._front import front_figures
from nni_hpo_ext.report.figures._importance import importance_figure
from nni_hpo_ext.report.figures._progress import progress_figure
from nni_hpo_ext.report.figures._slices import contour_figures, slice_figures

__all__ = ["figures", "groups"]


_AT_ONCE = 3  # slices shown by default


def figures(findings: Findings) -> dict[str, list[Figure]]:
    """Return the figures that the evidence supports, by the key of their section."""
    study = findings.study
    progress = [
        progress_figure(study, goal, steps, f"progress-{j}")
        for j, (goal, steps) in enumerate(zip(study.objectives, findings.steps, strict=True))
    ]
    drawn = {
        "progress": [figure for figure in progress if figure is not None],
        "curves": curve_figures(findings),
        "front": front_figures(findings),
        "parameters": [*_importances(findings), *_slices(findings, 0)[:_AT_ONCE]],
        "tuner": arm_figures(findings),
    }
    return {key: all for key, all in drawn.items() if all}


def groups(findings: Findings) -> dict[str, list[FigureGroup]]:
    """Return further slices, the contours, and the figures of the other objectives."""
    if findings.sample is None:
        return {}
    first, *others = enumerate(findings.study.objectives)
    drawn = [
        FigureGroup(f"{first[1].shown} by other parameters", _slices(findings, 0)[_AT_ONCE:]),
        FigureGroup("Interactions", _contours(findings, 0)),
    ]
    drawn += [
        FigureGroup(f"{goal.shown} by parameter", [*_slices(findings, j), *_contours(findings, j)])
        for j, goal in others
    ]
    return {"parameters": [group for group in drawn if group.figures]}


def _importances(findings: Findings) -> list[Figure]:
    return [
        importance_figure(importance, f"importance-{j}")
        for j, importance in enumerate(findings.importances)
        if importance is not None and importance.evident
    ]


def _slices(findings: Findings, j: int) -> list[Figure]:
    sample, goal, importance = findings.sample, findings.study.objectives[j], _known(findings, j)
    if sample is None or importance is None:
        return []
    return slice_figures(sample, j, goal, importance, f"slice-{j}")


def _contours(findings: Findings, j: int) -> list[Figure]:
    sample, goal, importance = findings.sample, findings.study.objectives[j], _known(findings, j)
    if sample is None or importance is None:
        return []
    return contour_figures(sample, j, goal, importance, f"contour-{j}")


def _known(findings: Findings, j: int) -> Importance | None:
    """Return the importance for an objective if it holds for unseen trials."""
    importance = findings.importances[j]
    return importance if importance is not None and importance.evident else None
