"""Read the recording of an NNI experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from nni_hpo_ext.audit._recording import Recording
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.multiobjective import pareto_mask
from nni_hpo_ext.stopping import RecordedTrial
from nni_hpo_ext.study import End, TrialRecord, read_trials
from nni_hpo_ext.types import Direction, Objective

__all__ = ["read_experiment"]


def read_experiment(
    directory: Path, objective: str | None = None, direction: Direction | None = None
) -> Recording:
    """Read the trials of an experiment with the times of their reports.

    A running trial counts as failed after its last report.

    Raises
    ------
    ExperimentError
        If the database cannot be read.
    DataError
        If no report holds the objective.
    """
    joined = read_trials(directory)
    first = joined.objectives[0]
    goal = Objective(objective or first.name, direction or first.direction)
    # Whoever names an objective wants the rules judged by it.
    every = joined.objectives if objective is None and direction is None else (goal,)
    records = [t for t in joined.trials if t.started is not None]
    began = min((t.started for t in records if t.started is not None), default=0.0)
    trials = tuple(
        _recorded(t, _curve(t, goal.name, first.name), began)
        for t in sorted(records, key=lambda t: (t.started or 0.0, t.number))
    )
    if not any(math.isfinite(v) for t in trials for v in t.values):
        raise DataError(
            f"{directory.name}: no intermediate result has a number for {goal.name!r}; report "
            "it with nni.report_intermediate_result, or choose another with --objective"
        )
    finals = {
        str(t.number): t.values[goal.name]
        for t in records
        if t.end is End.SUCCEEDED and goal.name in t.values
    }
    front = _front(records, every)
    return Recording(
        directory.name, goal, trials, finals, timed=True, objectives=every, front=front
    )


def _front(records: Sequence[TrialRecord], every: Sequence[Objective]) -> frozenset[str]:
    """Return the names of the trials that no other dominates; none with one objective."""
    ended = [t for t in records if t.end is End.SUCCEEDED]
    known = [t for t in ended if all(o.name in t.values for o in every)]
    if len(every) < 2 or not known:
        return frozenset()
    mask = pareto_mask([[o.sign * t.values[o.name] for o in every] for t in known])
    return frozenset(str(t.number) for t, on_front in zip(known, mask, strict=True) if on_front)


def _curve(record: TrialRecord, name: str, first: str) -> tuple[float, ...]:
    if name == first:  # a plain number is a value of the first objective
        return tuple(report.value for report in record.reports)
    return tuple(report.values.get(name, math.nan) for report in record.reports)


def _recorded(record: TrialRecord, curve: tuple[float, ...], began: float) -> RecordedTrial:
    start = record.started or began
    offsets: list[float] = []
    for report in record.reports:  # the clock may have been set back
        offsets.append(max([0.0, report.time - start, *offsets[-1:]]))
    return RecordedTrial(
        str(record.number),
        curve,
        tuple(offsets),
        seconds=max([record.seconds or 0.0, *offsets[-1:]]),
        start=start - began,
        success=record.end is End.SUCCEEDED,
        reports=tuple(report.values for report in record.reports),
    )
