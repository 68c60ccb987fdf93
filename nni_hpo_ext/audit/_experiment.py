"""The recording of an NNI experiment."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nni_hpo_ext.audit._recording import Recording
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.experiment import (
    End,
    ExperimentStore,
    Metric,
    TrialRecord,
    objectives,
    read_trials,
)
from nni_hpo_ext.space import is_number
from nni_hpo_ext.stopping import RecordedTrial
from nni_hpo_ext.types import Direction, Objective

__all__ = ["read_experiment"]


def read_experiment(
    directory: Path, objective: str | None = None, direction: Direction | None = None
) -> Recording:
    """Read an experiment's trials with the times of their reports.

    A trial that has not ended counts as one that failed after its last report.

    Raises
    ------
    ExperimentError
        If the database cannot be read.
    DataError
        If no report holds the objective.
    """
    store = ExperimentStore(directory)
    records = [t for t in read_trials(directory, curves=False) if t.started is not None]
    goal = _goal(objectives(store.config(), records)[0], objective, direction)
    reports: dict[str, dict[int, Metric]] = defaultdict(dict)
    for metric in store.metrics():
        if not metric.final:
            reports[metric.job_id][metric.step] = metric
    began = min((t.started for t in records if t.started is not None), default=0.0)
    trials = tuple(
        _recorded(t, [m for _, m in sorted(reports[t.job_id].items())], goal.name, began)
        for t in sorted(records, key=lambda t: (t.started or 0.0, t.number))
    )
    if not any(math.isfinite(v) for t in trials for v in t.values):
        raise DataError(
            f"{directory.name}: no intermediate result holds a number for {goal.name!r}; report "
            "one with nni.report_intermediate_result, or name another with --objective"
        )
    finals = {
        t.job_id: t.values[goal.name]
        for t in records
        if t.end is End.SUCCEEDED and goal.name in t.values
    }
    return Recording(directory.name, goal, trials, finals, timed=True)


def _goal(first: Objective, name: str | None, direction: Direction | None) -> Objective:
    return Objective(name or first.name, direction or first.direction)


def _recorded(
    record: TrialRecord, metrics: Sequence[Metric], name: str, began: float
) -> RecordedTrial:
    start = record.started or began
    offsets: list[float] = []
    for metric in metrics:  # a clock may have been set back
        offsets.append(max([0.0, metric.time - start, *offsets[-1:]]))
    return RecordedTrial(
        record.job_id,
        tuple(_value(m.value, name) for m in metrics),
        tuple(offsets),
        seconds=max([record.seconds or 0.0, *offsets[-1:]]),
        start=start - began,
        success=record.end is End.SUCCEEDED,
    )


def _value(reported: Any, name: str) -> float:
    """Return the named value of an intermediate result as an assessor reads it, else NaN."""
    if isinstance(reported, Mapping):
        reported = reported.get(name)
    return float(reported) if is_number(reported) else math.nan
