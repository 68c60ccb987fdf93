"""What an experiment came to: best configuration, Pareto front, trials by end, savings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from nni_hpo_ext.experiment._join import read_trials
from nni_hpo_ext.experiment._journal import Journal, read_journal
from nni_hpo_ext.experiment._objectives import objectives
from nni_hpo_ext.experiment._records import End, TrialRecord
from nni_hpo_ext.experiment._store import ExperimentStore
from nni_hpo_ext.types import Objective

__all__ = ["Result", "Savings", "best", "read_result"]


@dataclass(frozen=True, slots=True)
class Savings:
    """What early stopping saved.

    Attributes
    ----------
    steps
        Intermediate reports (epochs, where a trial reports once an epoch) not made.
    full
        Length of the longest curve of a completed trial, which a stopped one would have had.
    stopped
        Number of stopped trials that were counted.
    """

    steps: int
    full: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Result:
    """The result of an experiment, finished or not.

    Attributes
    ----------
    experiment_id, name
        NNI's identifier, and the config's ``experimentName``.
    directory
        The experiment's files.
    objectives
        What was optimised; the first one ranks.
    trials
        All trials by number; those without any usable objective count as failed.
    best
        The succeeded trial with the best first objective, None without one.
    front
        Succeeded trials that no other dominates; empty with a single objective.
    savings
        What early stopping saved, None if nothing was stopped or nothing completed.
    journal
        What our tuner and assessor noted.
    """

    experiment_id: str
    name: str
    directory: Path
    objectives: tuple[Objective, ...]
    trials: tuple[TrialRecord, ...]
    best: TrialRecord | None
    front: tuple[TrialRecord, ...]
    savings: Savings | None
    journal: Journal

    def ended(self, end: End) -> tuple[TrialRecord, ...]:
        """Return the trials that ended so."""
        return tuple(t for t in self.trials if t.end is end)


def read_result(directory: Path) -> Result:
    """Read an experiment's files and compute its result.

    Parameters
    ----------
    directory
        The experiment's directory, for example ``~/nni-experiments/ID``.

    Raises
    ------
    ExperimentError
        If its database cannot be read.
    """
    config = ExperimentStore(directory).config()
    journal = read_journal(directory)
    trials = read_trials(directory)
    goals = objectives(config, trials)
    trials = tuple(_judge(t, goals, journal) for t in trials)
    return Result(
        experiment_id=directory.name,
        name=str(config.get("experimentName") or directory.name),
        directory=directory,
        objectives=goals,
        trials=trials,
        best=best(trials, goals),
        front=_front(trials, goals),
        savings=_savings(trials),
        journal=journal,
    )


def _judge(trial: TrialRecord, goals: Sequence[Objective], journal: Journal) -> TrialRecord:
    """Fail a trial without any usable objective; give a stop the assessor's reason."""
    if trial.end is End.SUCCEEDED and not any(g.name in trial.values for g in goals):
        return dataclasses.replace(trial, end=End.FAILED, reason=trial.problem(goals))
    if trial.end is End.STOPPED and journal.stops.get(trial.job_id):
        return dataclasses.replace(trial, reason=journal.stops[trial.job_id])
    return trial


def best(trials: Iterable[TrialRecord], goals: Sequence[Objective]) -> TrialRecord | None:
    """Return the succeeded trial with the best first objective.

    Among equals the next objectives decide, so that it is on the front, and then the number.
    """
    able = [t for t in trials if t.end is End.SUCCEEDED and goals[0].name in t.values]
    return min(able, key=lambda t: _losses(t, goals), default=None)


def _losses(trial: TrialRecord, goals: Sequence[Objective]) -> tuple[float, ...]:
    """Return the objectives in order, to be minimised; a missing one is the worst."""
    return tuple(g.sign * trial.values[g.name] if g.name in trial.values else inf for g in goals)


def _front(trials: Iterable[TrialRecord], goals: Sequence[Objective]) -> tuple[TrialRecord, ...]:
    """Return the Pareto front, best first objective first; stopped trials are never on it."""
    from nni_hpo_ext.multiobjective import pareto_mask

    done = [t for t in trials if t.end is End.SUCCEEDED and all(g.name in t.values for g in goals)]
    if len(goals) < 2 or not done:
        return ()
    mask = pareto_mask([_losses(t, goals) for t in done])
    kept = [t for t, on_front in zip(done, mask, strict=True) if on_front]
    return tuple(sorted(kept, key=lambda t: _losses(t, goals)))


def _savings(trials: Iterable[TrialRecord]) -> Savings | None:
    trials = list(trials)
    full = max((len(t.curve) for t in trials if t.end is End.SUCCEEDED), default=0)
    stopped = [t for t in trials if t.end is End.STOPPED]
    if not full or not stopped:
        return None
    return Savings(sum(max(full - len(t.curve), 0) for t in stopped), full, len(stopped))
