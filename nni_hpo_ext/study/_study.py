"""Define the study of an experiment or a simulation, and rank its trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any

from nni_hpo_ext.study._held_out import HeldOutScore
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
        Intermediate reports saved (epochs, if a trial reports once per epoch).
    full
        Length of the longest curve of a completed trial, assumed for the stopped ones.
    stopped
        Number of stopped trials.
    """

    steps: int
    full: int
    stopped: int


@dataclass(frozen=True)
class Study:
    """An experiment, a simulation or a study of `nni-hpo serve`, finished or not.

    Attributes
    ----------
    id, name
        NNI's identifier, and the config's ``experimentName``.
    place
        Source of the data: a directory, a URL or a file.
    directory
        The experiment's directory, None if it is not available.
    config
        The experiment's config in NNI's v2 form; for a simulation the equivalent config, with the
        trace's header under ``simulation``.
    space
        The search space in NNI's form; None if not known.
    objectives
        Optimised objectives; the first one ranks.
    trials
        All trials by number; those without any usable objective count as failed.
    journal
        Contents of the tuner's and the assessor's journals.
    began
        Start in seconds, on the clock of the trials.
    ended
        End in seconds, None while the study runs or if it was interrupted.
    goal
        Target value of the first objective, None if there is none.
    score
        Score of the best trial on the test part, None if it has not been computed.
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
    score: HeldOutScore | None = None

    def of(self, *ends: End) -> tuple[TrialRecord, ...]:
        """Return the trials with one of these ends."""
        return tuple(t for t in self.trials if t.end in ends)

    @cached_property
    def ranking(self) -> tuple[TrialRecord, ...]:
        """Succeeded trials with a value of the first objective, best first."""
        return ranked(self.trials, self.objectives)

    @property
    def best(self) -> TrialRecord | None:
        """The first trial of the ranking, None if it is empty."""
        return self.ranking[0] if self.ranking else None

    def best_by(self, goal: Objective) -> TrialRecord | None:
        """Return the succeeded trial with the best value of one objective, None if there is none.

        The other objectives break ties, in their order.
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
        """Time from the start to the last known event, without pauses."""
        times = [t.ended or t.started or self.began for t in self.trials]
        return max([self.ended or self.began, *times]) - self.began - self.journal.paused

    @property
    def simulated(self) -> bool:
        """Whether the study is a simulation, with times on a virtual clock."""
        return "simulation" in self.config

    def trial_setting(self, key: str) -> str:
        """Return a setting of the trials, which NNI keeps in either of two places; "" if unset.

        Parameters
        ----------
        key
            ``trialCommand`` or ``trialCodeDirectory``.
        """
        service = self.config.get("trainingService")
        service = service if isinstance(service, Mapping) else {}
        return str(self.config.get(key) or service.get(key) or "")

    @property
    def served(self) -> bool:
        """Whether it is a study of `nni-hpo serve`."""
        return "service" in self.config


def ranked(trials: Iterable[TrialRecord], goals: Sequence[Objective]) -> tuple[TrialRecord, ...]:
    """Return the succeeded trials with a value of the first objective, best first.

    The next objectives break ties, so that the first trial is on the Pareto front, and finally
    the number.

    Examples
    --------
    >>> from nni_hpo_ext.study import ranked
    >>> trials = [
    ...     TrialRecord(i, f"job{i}", End.SUCCEEDED, values={"default": value})
    ...     for i, value in enumerate([0.7, 0.9, 0.8])
    ... ]
    >>> [trial.number for trial in ranked(trials, [Objective("default", "maximize")])]
    [1, 2, 0]
    """
    able = [t for t in trials if t.end is End.SUCCEEDED and goals[0].name in t.values]
    return tuple(sorted(able, key=lambda t: (_losses(t, goals), t.number)))


def best(trials: Iterable[TrialRecord], goals: Sequence[Objective]) -> TrialRecord | None:
    """Return the first trial of the ranking, None if it is empty; see `ranked`.

    Examples
    --------
    >>> from nni_hpo_ext.study import best
    >>> trial = TrialRecord(0, "job0", End.SUCCEEDED, values={"default": 0.9})
    >>> best([trial], [Objective("default", "maximize")]).number
    0
    """
    return next(iter(ranked(trials, goals)), None)


def _losses(trial: TrialRecord, goals: Sequence[Objective]) -> tuple[float, ...]:
    """Return the objectives in order, to be minimised; infinity for a missing one."""
    return tuple(g.sign * trial.values[g.name] if g.name in trial.values else inf for g in goals)


def _front(trials: Iterable[TrialRecord], goals: Sequence[Objective]) -> tuple[TrialRecord, ...]:
    """Return the Pareto front of the succeeded trials, best first by the first objective."""
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
