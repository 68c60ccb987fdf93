"""Convert a study to JSON."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from nni_hpo_ext.study._records import End, TrialRecord
from nni_hpo_ext.study._study import Study

__all__ = ["to_json"]


def to_json(result: Study) -> dict[str, Any]:
    """Return a study as plain JSON values; NaN becomes null.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run, to_json
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> study = study_of_run(run, Path("branin.jsonl"))
    >>> data = to_json(study)
    >>> data["best"]["number"], data["counts"]["succeeded"]
    (4, 5)
    """
    return {
        "experiment": result.id,
        "name": result.name,
        "directory": result.place,
        "objectives": [dataclasses.asdict(o) for o in result.objectives],
        "best": None if result.best is None else _trial_json(result.best),
        "pareto_front": [_trial_json(t) for t in result.front],
        "test": None if result.score is None else dataclasses.asdict(result.score),
        "counts": {end.value: len(result.of(end)) for end in End},
        "early_stopping": None if result.savings is None else dataclasses.asdict(result.savings),
        "fallbacks": list(result.journal.fallbacks),
        "substitutes": result.journal.substitutes,
        "rejected_values": list(result.journal.rejected),
        "arms": dict(result.journal.arms),
        "trials": [_trial_json(t) for t in result.trials],
    }


def _trial_json(trial: TrialRecord) -> dict[str, Any]:
    return {
        "number": trial.number,
        "job_id": trial.job_id,
        "end": trial.end.value,
        "reason": trial.reason,
        "parameters": None if trial.params is None else dict(trial.params),
        "values": dict(trial.values),
        "others": dict(trial.unusable),
        "arm": trial.proposal.arm if trial.proposal else None,
        "curve": [[step, None if math.isnan(value) else value] for step, value in trial.curve],
        "started": trial.started,
        "ended": trial.ended,
    }
