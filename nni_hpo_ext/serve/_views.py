"""Show studies and trials as answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nni_hpo_ext.asktell import HostedStudy
from nni_hpo_ext.journal import ASSESSOR_FILE, TUNER_FILE, read_events
from nni_hpo_ext.serve._models import StudyAnswer, TrialAnswer, TrialState
from nni_hpo_ext.study import (
    JournalView,
    ServedTrial,
    Study,
    TrialRecord,
    objectives_of,
    read_journal,
    served_record,
    served_study,
)

__all__ = ["records", "state", "states", "study_answer", "study_of", "trial_answer"]


def study_of(hosted: HostedStudy, *, journals: bool = False) -> Study:
    """Return a hosted study as the commands read it; a report also needs the journals."""
    journal = read_journal(hosted.directory) if journals else JournalView()
    name = hosted.definition["name"]
    return served_study(hosted.definition, hosted.log, journal, place=f"study {name}")


def study_answer(hosted: HostedStudy, token: str | None = None) -> StudyAnswer:
    """Return a study's definition and counts."""
    trials = hosted.log.trials
    return StudyAnswer(
        name=hosted.definition["name"],
        token=token,
        trials=len(trials),
        ended=sum(t.result is not None for t in trials),
        definition=hosted.definition,
    )


def trial_answer(hosted: HostedStudy, trial: ServedTrial) -> TrialAnswer:
    """Return a trial for the worker that runs it."""
    return TrialAnswer(
        number=trial.number,
        attempt=trial.attempt,
        params=dict(trial.params),
        lease_seconds=hosted.lease_seconds,
    )


def states(hosted: HostedStudy, chosen: Sequence[TrialRecord]) -> list[TrialState]:
    """Return trials with their results."""
    return [_state(hosted.log.trials[t.number], t) for t in chosen]


def state(hosted: HostedStudy, number: int) -> TrialState:
    """Return a trial with its results.

    Raises
    ------
    Refusal
        If it does not exist.
    """
    trial = hosted.trial(number)
    return _state(trial, served_record(trial, objectives_of(hosted.definition)))


def _state(trial: ServedTrial, record: TrialRecord) -> TrialState:
    return TrialState(
        number=trial.number,
        attempt=trial.attempt,
        params=dict(trial.params),
        status=record.end.value,
        reason=record.reason,
        worker=trial.worker,
        values=dict(record.values),
        reports=[r.value for r in trial.reports],
    )


def records(hosted: HostedStudy) -> dict[str, Any]:
    """Return the definition of a study and the events of its logs, for readers elsewhere."""
    folder = hosted.directory / "checkpoint"
    return {
        "study": hosted.definition,
        "trials": list(hosted.events()),
        # Without the states of the algorithm, which only the tuner reads.
        "tuner": [
            {name: value for name, value in event.items() if name != "state"}
            for event in read_events(folder / TUNER_FILE)
        ],
        "assessor": list(read_events(folder / ASSESSOR_FILE)),
    }
