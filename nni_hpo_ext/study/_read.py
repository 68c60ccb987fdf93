"""Read an experiment as a study, from NNI's data and the journals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from nni_hpo_ext.study._held_out import read_score
from nni_hpo_ext.study._join import ExperimentSource, join
from nni_hpo_ext.study._journal import JournalView, read_journal
from nni_hpo_ext.study._manager import manager_alive
from nni_hpo_ext.study._records import End, Proposal, TrialRecord
from nni_hpo_ext.study._store import ExperimentStore, decode_json
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.types import Params

__all__ = ["read_study", "study_of"]


def read_study(directory: Path) -> Study:
    """Read a study from an experiment's files.

    Parameters
    ----------
    directory
        The experiment's directory, for example ``~/nni-experiments/ID``.

    Raises
    ------
    ExperimentError
        If its database cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.study import read_study
    >>> study = read_study(Path("~/nni-experiments/ID").expanduser())  # doctest: +SKIP
    >>> study.best.number, study.best.values  # doctest: +SKIP
    (17, {'default': 0.98})
    """
    source = ExperimentStore(directory)
    experiment_id = directory.resolve().name
    study = study_of(source, experiment_id, str(directory), directory)
    return study if manager_alive(experiment_id) else _interrupted(study)


def study_of(source: ExperimentSource, id: str, place: str, directory: Path | None) -> Study:
    """Join NNI's data on an experiment with the journals in its directory, if there is one.

    Raises
    ------
    ExperimentError
        If the source cannot be read.
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
        score=None if directory is None else read_score(directory),
    )


def _space(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the search space; older versions of NNI store it as text."""
    space = config.get("searchSpace")
    space = decode_json(space) if isinstance(space, str) else space
    return space if isinstance(space, Mapping) and space else None


def _interrupted(study: Study) -> Study:
    """Return the study with its running trials marked as interrupted.

    NNI leaves their state unchanged when its manager stops.
    """
    trials = tuple(t if t.end.over else _cut_off(t) for t in study.trials)
    return replace(study, trials=trials)


def _cut_off(trial: TrialRecord) -> TrialRecord:
    times = [trial.started, *(report.time for report in trial.reports)]
    last = max((time for time in times if time is not None), default=None)
    return replace(trial, end=End.INTERRUPTED, reason="the experiment was stopped", ended=last)


def _annotated(
    trial: TrialRecord,
    journal: JournalView,
    proposal: Callable[[str | None, Params], Proposal | None],
) -> TrialRecord:
    """Return a trial with its proposal and reason from the journals."""
    if trial.params is not None:
        trial = replace(trial, proposal=proposal(trial.parameter_id, trial.params))
    if trial.job_id in journal.cuts and trial.end in (End.CANCELED, End.STOPPED, End.FAILED):
        return replace(trial, end=End.INTERRUPTED, reason=journal.cuts[trial.job_id])
    if trial.end is End.STOPPED and journal.stops.get(trial.job_id):
        return replace(trial, reason=journal.stops[trial.job_id])
    return trial
