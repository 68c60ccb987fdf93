"""An experiment or a simulation as one frozen value, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any

from nni_hpo_ext.study._journal import JournalView
from nni_hpo_ext.study._records import End, TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["Savings", "Study", "best", "ranked"]


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


@dataclass(frozen=True)
class Study:
    """An experiment or a simulation, finished or not.

    Attributes
    ----------
    id, name
        NNI's identifier, and the config's ``experimentName``.
    place
        Where it was read: a directory, a URL or a file.
    directory
        The experiment's files, None if they are not at hand.
    config
        The experiment's config in NNI's v2 form; for a simulation what one would have said, with
        the trace's header under ``simulation``.
    space
        The search space as NNI has it; None if it is not known.
    objectives
        What was optimised; the first one ranks.
    trials
        All trials by number; those without any usable objective count as failed.
    journal
        What our tuner and assessor noted.
    began
        When it started, on the clock of the trials.
    ended
        When it ended, None while it runs or if it was cut off.
    goal
        Value of the first objective that counts as success, None if there is none.
    """

    id: str
    name: str
    place: str
    directory: Path | None
    config: Mapping[str, Any]
    space: Mapping[str, Any] | None
    objectives: tuple[Objective, ...]
    trials: tuple[TrialRecord, ...]
    journal: JournalView
    began: float
    ended: float | None = None
    goal: float | None = None

    def of(self, *ends: End) -> tuple[TrialRecord, ...]:
        """Return the trials that ended so."""
        return tuple(t for t in self.trials if t.end in ends)

    @cached_property
    def ranking(self) -> tuple[TrialRecord, ...]:
        """Succeeded trials with a value of the first objective, the best one first."""
        return ranked(self.trials, self.objectives)

    @property
    def best(self) -> TrialRecord | None:
        """The first trial of the ranking, None without one."""
        return self.ranking[0] if self.ranking else None

    def best_by(self, goal: Objective) -> TrialRecord | None:
        """Return the succeeded trial with the best value of one objective, None without one.

        Among equals the other objectives decide, in their order.
        """
        others = [g for g in self.objectives if g != goal]
        return best(self.trials, [goal, *others])

    @cached_property
    def front(self) -> tuple[TrialRecord, ...]:
        """Succeeded trials that no other dominates; empty with a single objective."""
        return _front(self.trials, self.objectives)

    @cached_property
    def savings(self) -> Savings | None:
        """What early stopping saved, None if nothing was stopped or nothing completed."""
        return _savings(self.trials)

    @property
    def seconds(self) -> float:
        """Time from the start to the last that is known to have happened."""
        times = [t.ended or t.started or self.began for t in self.trials]
        return max([self.ended or self.began, *times]) - self.began

    @property
    def simulated(self) -> bool:
        """Whether the times are those of a virtual clock."""
        return "simulation" in self.config


def ranked(trials: Iterable[TrialRecord], goals: Sequence[Objective]) -> tuple[TrialRecord, ...]:
    """Return the succeeded trials with a value of the first objective, the best one first.

    Among equals the next objectives decide, so that the first one is on the front, and finally
    the number.
    """
    able = [t for t in trials if t.end is End.SUCCEEDED and goals[0].name in t.values]
    return tuple(sorted(able, key=lambda t: (_losses(t, goals), t.number)))


def best(trials: Iterable[TrialRecord], goals: Sequence[Objective]) -> TrialRecord | None:
    """Return the first trial of the ranking, None without one; see `ranked`."""
    return next(iter(ranked(trials, goals)), None)


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
    full = max((len(t.reports) for t in trials if t.end is End.SUCCEEDED), default=0)
    stopped = [t for t in trials if t.end is End.STOPPED]
    if not full or not stopped:
        return None
    return Savings(sum(max(full - len(t.reports), 0) for t in stopped), full, len(stopped))
