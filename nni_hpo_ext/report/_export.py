"""A report as JSON and as CSV, for scripts."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.experiment import Study, to_json
from nni_hpo_ext.report._findings import Findings
from nni_hpo_ext.report._importance import Importance

__all__ = ["as_csv", "as_json"]


def as_json(findings: Findings) -> str:
    """Return all findings as JSON; what is not finite is null."""
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
        "arms": [dataclasses.asdict(arm) for arm in findings.arms],
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
    return json.dumps(_finite(content), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _importance(importance: Importance) -> dict[str, Any]:
    names = {p.dimension: p.name for p in importance.parameters}
    return {
        "trials": importance.n,
        "stopped": importance.stopped,
        "explained": importance.explained,
        "parameters": {
            p.name: {"hardware": p.hardware, **dataclasses.asdict(p.estimate)}
            for p in importance.parameters
        },
        "pairs": [[names[i], names[j], dataclasses.asdict(e)] for i, j, e in importance.pairs],
        "model": importance.model and dataclasses.asdict(importance.model),
        "hardware": importance.hardware and dataclasses.asdict(importance.hardware),
    }


def _finite(value: Any) -> Any:
    """Replace numbers that JSON does not know by None, and other values by their text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return value if value is None or isinstance(value, (str, int)) else str(value)


def as_csv(study: Study) -> str:
    """Return one line per trial: its end, times, parameters and final values.

    Columns of parameters begin with ``param.`` and those of values with ``value.``; nested choices
    are written as ``param.outer.name`` and their branch as ``param.outer``.
    """
    rows = [_row(t, study.began) for t in study.trials]
    fixed = ["number", "end", "reason", "started", "seconds", "arm"]
    found = dict.fromkeys(name for row in rows for name in row)
    names = fixed + [n for n in found if n not in fixed]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _cell(v) for k, v in row.items()} for row in rows)
    return out.getvalue()


def _row(trial: Any, began: float) -> dict[str, Any]:
    return {
        "number": trial.number,
        "end": trial.end.value,
        "reason": trial.reason,
        "started": None if trial.started is None else round(trial.started - began, 3),
        "seconds": None if trial.seconds is None else round(trial.seconds, 3),
        "arm": trial.proposal.arm if trial.proposal else None,
        **{f"param.{k}": v for k, v in _flat(trial.params or {}).items()},
        **{f"value.{k}": v for k, v in trial.values.items()},
    }


def _flat(params: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in params.items():
        if isinstance(value, Mapping) and "_name" in value:
            flat[prefix + name] = value["_name"]
            inner = {k: v for k, v in value.items() if k != "_name"}
            flat |= _flat(inner, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _cell(value: Any) -> Any:
    """Return what a spreadsheet may open: a text that looks like a formula is none."""
    if isinstance(value, (list, dict)):
        value = json.dumps(value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
