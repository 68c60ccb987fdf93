"""Reads an experiment as a study: NNI's rows joined with our journals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from nni_hpo_ext.experiment._join import Source, join
from nni_hpo_ext.experiment._journal import Journal, read_journal
from nni_hpo_ext.experiment._objectives import objectives
from nni_hpo_ext.experiment._records import End, Proposal, TrialRecord
from nni_hpo_ext.experiment._store import ExperimentStore, decode_json
from nni_hpo_ext.experiment._study import Study
from nni_hpo_ext.experiment._values import DEFAULT
from nni_hpo_ext.types import Objective, Params

__all__ = ["read_study", "study_of"]


def read_study(directory: Path) -> Study:
    """Read an experiment's files.

    Parameters
    ----------
    directory
        The experiment's directory, for example ``~/nni-experiments/ID``.

    Raises
    ------
    ExperimentError
        If its database cannot be read.
    """
    source = ExperimentStore(directory)
    return study_of(source, directory.resolve().name, str(directory), directory)


def study_of(source: Source, id: str, place: str, directory: Path | None) -> Study:
    """Join what NNI tells of an experiment with the journals in its directory, if there is one.

    Raises
    ------
    ExperimentError
        If it cannot be read.
    """
    config = source.config()
    journal = Journal() if directory is None else read_journal(directory)
    trials = join(source)
    goals = objectives(config, trials)
    began, ended = source.times()
    starts = [t.started for t in trials if t.started is not None]
    proposal = journal.proposals()
    return Study(
        id=id,
        name=str(config.get("experimentName") or id),
        place=place,
        directory=directory,
        config=config,
        space=_space(config),
        objectives=goals,
        trials=tuple(_judge(t, goals, journal, proposal) for t in trials),
        journal=journal,
        began=min([began or inf, *starts]) if began or starts else 0.0,
        ended=ended,
    )


def _space(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the search space; the older NNI kept it as text."""
    space = config.get("searchSpace")
    space = decode_json(space) if isinstance(space, str) else space
    return space if isinstance(space, Mapping) and space else None


def _judge(
    trial: TrialRecord,
    goals: Sequence[Objective],
    journal: Journal,
    proposal: Callable[[str | None, Params], Proposal | None],
) -> TrialRecord:
    """Fail a trial without any usable objective; add what the journals know of it."""
    trial = _named(trial, goals)
    if trial.params is not None:
        trial = replace(trial, proposal=proposal(trial.parameter_id, trial.params))
    if trial.end is End.SUCCEEDED and not any(g.name in trial.values for g in goals):
        return replace(trial, end=End.FAILED, reason=trial.problem(goals))
    if trial.end is End.STOPPED and journal.stops.get(trial.job_id):
        return replace(trial, reason=journal.stops[trial.job_id])
    return trial


def _named(trial: TrialRecord, goals: Sequence[Objective]) -> TrialRecord:
    """Let a plain number stand for the one objective, whatever its name, as our tuners do."""
    if len(goals) > 1 or goals[0].name == DEFAULT:
        return trial

    def named(values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {goals[0].name: values[DEFAULT]} if set(values) == {DEFAULT} else values

    reports = tuple(replace(r, values=named(r.values)) for r in trial.reports)
    values, unusable = named(trial.values), named(trial.unusable)
    return replace(trial, values=values, unusable=unusable, reports=reports)
