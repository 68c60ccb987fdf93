"""Convert a simulated optimisation to a study."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.study._journal import JournalView
from nni_hpo_ext.study._records import End, Proposal, Report, TrialRecord
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.trace import Header, Run, SimulatedTrial
from nni_hpo_ext.types import Objective

__all__ = ["study_of_run"]

_ENDS = {
    "completed": End.SUCCEEDED,
    "stopped": End.STOPPED,
    "failed": End.FAILED,
    "unfinished": End.RUNNING,
}
_REASONS = {
    "stopped": "by the assessor",
    "failed": "final result: 'default' is not a finite number",
    "unfinished": "the simulation ended first",
}


def study_of_run(run: Run, path: Path) -> Study:
    """Return one optimisation of a trace as a study; its clock starts at 0.

    Parameters
    ----------
    run
        The optimisation.
    path
        The trace file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> study = study_of_run(run, Path("branin.jsonl"))
    >>> study.name, len(study.trials), study.best.number
    ('branin', 5, 4)
    """
    header = run.header
    trials = tuple(_trial(t) for t in run.trials)
    arms = [t.proposal.arm for t in trials if t.proposal is not None]
    return Study(
        id=f"{header.tuner}, repeat {header.repeat}",
        name=header.benchmark,
        place=str(path),
        directory=None,
        config=_config(header),
        space=header.search_space or None,
        objectives=(Objective(DEFAULT, header.direction),),
        trials=trials,
        journal=JournalView(arms={arm: arms.count(arm) for arm in dict.fromkeys(arms)}),
        began=0.0,
        ended=run.seconds,
        goal=header.goal,
    )


def _config(header: Header) -> Mapping[str, Any]:
    """Return the simulation's setup as an NNI config."""
    assessor = {"className": header.assessor, "classArgs": dict(header.assessor_arguments)}
    return {
        "experimentName": header.benchmark,
        "searchSpace": header.search_space,
        "trialConcurrency": header.workers,
        "maxTrialNumber": header.max_trials,
        "maxExperimentDuration": header.max_seconds,
        "tuner": {"className": header.tuner_class, "classArgs": dict(header.arguments)},
        **({"assessor": assessor} if header.assessor else {}),
        "simulation": dataclasses.asdict(header),
    }


def _trial(trial: SimulatedTrial) -> TrialRecord:
    length = max(trial.epochs, default=0)
    span = trial.end - trial.start
    return TrialRecord(
        number=trial.number,
        job_id="",
        end=_ENDS[trial.status],
        reason=_REASONS.get(trial.status, ""),
        params=trial.params,
        values={} if trial.final is None else {DEFAULT: trial.final},
        reports=tuple(
            # Epochs take equal time, and the last report of a trial is its end.
            Report(
                epoch,
                trial.start + span * epoch / length if length else trial.end,
                value,
                {DEFAULT: value} if math.isfinite(value) else {},
            )
            for epoch, value in zip(trial.epochs, trial.values, strict=True)
        ),
        started=trial.start,
        ended=None if trial.status == "unfinished" else trial.end,
        parameter_id=str(trial.number),
        proposal=None
        if trial.arm is None
        else Proposal(trial.arm, trial.probability, trial.reason or ""),
    )
