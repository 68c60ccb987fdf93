"""The figures of a report, one module per kind; importing them imports plotly."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.render.figures import Figure, FigureGroup
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report.figures._arms import arm_figures
from nni_hpo_ext.report.figures._curves import curve_figures
from nni_hpo_ext.report.figures._front import front_figures
from nni_hpo_ext.report.figures._importance import importance_figures
from nni_hpo_ext.report.figures._parallel import parallel_figure
from nni_hpo_ext.report.figures._progress import progress_figures
from nni_hpo_ext.report.figures._slices import contour_figures, slice_figures

__all__ = ["figures", "groups"]


_AT_ONCE = 6  # slices shown by default


def figures(findings: Findings) -> dict[str, list[Figure]]:
    """Return all figures, by the key of their section."""
    study = findings.study
    drawn = {
        "progress": [
            figure
            for j, (goal, steps) in enumerate(zip(study.objectives, findings.steps, strict=True))
            for figure in progress_figures(study, goal, steps, f"progress-{j}")
        ],
        "curves": curve_figures(findings),
        "front": front_figures(findings),
        "parameters": _parameters(findings),
        "tuner": arm_figures(findings),
    }
    return {key: all for key, all in drawn.items() if all}


def _parameters(findings: Findings) -> list[Figure]:
    """Return importances for all objectives, and details for the first one."""
    sample, goals = findings.sample, findings.study.objectives
    if sample is None:
        return []
    drawn = [
        figure
        for j, importance in enumerate(findings.importances)
        if importance is not None
        for figure in importance_figures(importance, f"importance-{j}")
    ]
    parallel = parallel_figure(sample, goals, findings.importances[0])
    drawn += [parallel] if parallel else []
    return [*drawn, *_slices(findings, 0)[:_AT_ONCE], *_contours(findings, 0)]


def _slices(findings: Findings, j: int) -> list[Figure]:
    sample, goal = findings.sample, findings.study.objectives[j]
    if sample is None or not np.isfinite(sample.losses[:, j]).any():
        return []
    return slice_figures(sample, j, goal, findings.importances[j], f"slice-{j}")


def _contours(findings: Findings, j: int) -> list[Figure]:
    goal, importance = findings.study.objectives[j], findings.importances[j]
    sample = findings.sample
    if sample is None or importance is None:
        return []
    return contour_figures(sample, j, goal, importance, f"contour-{j}")


def groups(findings: Findings) -> dict[str, list[FigureGroup]]:
    """Return the slices of the other parameters, and the figures of the other objectives."""
    if findings.sample is None:
        return {}
    first, *others = enumerate(findings.study.objectives)
    drawn = [FigureGroup(f"{first[1].name} by other parameters", _slices(findings, 0)[_AT_ONCE:])]
    drawn += [
        FigureGroup(f"{goal.name} by parameter", [*_slices(findings, j), *_contours(findings, j)])
        for j, goal in others
    ]
    return {"parameters": [group for group in drawn if group.figures]}
