"""Export a report as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from nni_hpo_ext.files import finite, json_text
from nni_hpo_ext.render.statistics import Estimate
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report._importance import Importance
from nni_hpo_ext.study import to_json

__all__ = ["as_json"]


def as_json(findings: Findings) -> str:
    """Return all findings as JSON; non-finite numbers become null."""
    study = findings.study
    content = {
        **to_json(study),
        "place": study.place,
        "config": study.config,
        "search_space": study.space,
        "seconds": study.seconds,
        "busy_seconds": findings.busy_seconds,
        "saved_seconds": findings.saved_seconds,
        "progress": {
            goal.name: [[s.count, s.seconds, s.trial.number, s.value, s.best] for s in steps]
            for goal, steps in zip(study.objectives, findings.steps, strict=True)
        },
        "hypervolume": findings.volumes,
        "importance": {i.objective.name: _importance(i) for i in findings.importances if i},
        "arm_results": [dataclasses.asdict(arm) for arm in findings.arms],
        "causes": [dataclasses.asdict(cause) for cause in findings.causes],
        "next_search_space": None
        if findings.narrowing is None
        else {
            "search_space": findings.narrowing.space,
            "changes": [dataclasses.asdict(c) for c in findings.narrowing.changes],
            "trials": findings.narrowing.trials,
            "best_trials": findings.narrowing.elite,
        },
    }
    return json_text(finite(content))


def _importance(importance: Importance) -> dict[str, Any]:
    names = {p.dimension: p.name for p in importance.parameters}
    return {
        "trials": importance.n,
        "stopped": importance.stopped,
        "explained": importance.explained,
        "parameters": {
            p.name: {"hardware": p.hardware, **_share(p.estimate)} for p in importance.parameters
        },
        "pairs": [[names[i], names[j], _share(e)] for i, j, e in importance.pairs],
        "model": importance.model and _share(importance.model),
        "hardware": importance.hardware and _share(importance.hardware),
    }


def _share(estimate: Estimate) -> dict[str, float | None]:
    low, high = estimate.interval or (None, None)
    return {"share": estimate.value, "low": low, "high": high}
