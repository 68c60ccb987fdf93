"""Reads an experiment as a study: NNI's rows joined with our journals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from nni_hpo_ext.study._join import ExperimentSource, join
from nni_hpo_ext.study._journal import JournalView, read_journal
from nni_hpo_ext.study._records import End, Proposal, TrialRecord
from nni_hpo_ext.study._store import ExperimentStore, decode_json
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.types import Params

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


def study_of(source: ExperimentSource, id: str, place: str, directory: Path | None) -> Study:
    """Join what NNI tells of an experiment with the journals in its directory, if there is one.

    Raises
    ------
    ExperimentError
        If it cannot be read.
    """
    config = source.config()
    journal = JournalView() if directory is None else read_journal(directory)
    joined = join(source)
    trials = joined.trials
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
        objectives=joined.objectives,
        trials=tuple(_annotated(t, journal, proposal) for t in trials),
        journal=journal,
        began=min([began or inf, *starts]) if began or starts else 0.0,
        ended=ended,
    )


def _space(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the search space; the older NNI kept it as text."""
    space = config.get("searchSpace")
    space = decode_json(space) if isinstance(space, str) else space
    return space if isinstance(space, Mapping) and space else None


def _annotated(
    trial: TrialRecord,
    journal: JournalView,
    proposal: Callable[[str | None, Params], Proposal | None],
) -> TrialRecord:
    """Add what the journals know of a trial."""
    if trial.params is not None:
        trial = replace(trial, proposal=proposal(trial.parameter_id, trial.params))
    if trial.end is End.STOPPED and journal.stops.get(trial.job_id):
        return replace(trial, reason=journal.stops[trial.job_id])
    return trial
