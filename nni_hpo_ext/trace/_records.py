"""Records of simulated optimisations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nni_hpo_ext.types import Direction

__all__ = ["Ending", "Header", "Run", "SimulatedTrial", "Status"]

Status = Literal["completed", "stopped", "failed", "unfinished"]
Ending = Literal["goal", "time", "trials", "exhausted"]


@dataclass(frozen=True, slots=True)
class Header:
    """Settings of one optimisation.

    Attributes
    ----------
    tuner
        Label of the tuner: ``MODE``, ``MODE:SPEC`` or its class.
    tuner_class, arguments
        Import path of the class, and its class arguments.
    assessor, assessor_arguments
        The same for the assessor; None and empty without early stopping.
    repeat, seed
        Index of the optimisation, from 0, and the seed of all its randomness.
    benchmark, direction, optimum, typical
        The task; see `nni_hpo_ext.simulate.Benchmark`.
    goal
        Value that counts as success, None if there is none.
    workers, sync, suggest_cost
        Number of workers, whether they start together, and seconds per suggestion.
    max_trials, max_seconds
        Limits, None where there is none.
    stop_at_goal
        Whether the optimisation ends at the goal.
    version
        Version of this package.
    search_space
        NNI search space of the task; empty in older traces, which lack it.
    """

    tuner: str
    tuner_class: str
    arguments: Mapping[str, Any]
    assessor: str | None
    assessor_arguments: Mapping[str, Any]
    repeat: int
    seed: int
    benchmark: str
    direction: Direction
    optimum: float
    typical: float
    goal: float | None
    workers: int
    sync: bool
    suggest_cost: float
    max_trials: int | None
    max_seconds: float | None
    stop_at_goal: bool
    version: str
    search_space: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SimulatedTrial:
    """One simulated trial.

    Attributes
    ----------
    number
        Index in the order of suggestions, from 0.
    params
        Its configuration.
    worker
        The worker that ran it, from 0.
    start, end
        Virtual seconds since the start of the optimisation.
    epochs, values
        Its intermediate reports.
    final
        Its final report, None without one; for a stopped trial its best value so far.
    true
        The noise-free final value of its configuration, even if the trial did not finish; None
        if it is not finite. No tuner receives it.
    status
        ``completed``, ``stopped`` by the assessor, ``failed`` (its final report is not a finite
        number), or ``unfinished`` when the optimisation ended.
    arm, probability, reason
        Origin of the suggestion; None if the tuner does not record it.
    """

    number: int
    params: Mapping[str, Any]
    worker: int
    start: float
    end: float
    epochs: tuple[int, ...]
    values: tuple[float, ...]
    final: float | None
    true: float | None
    status: Status
    arm: str | None = None
    probability: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One simulated optimisation.

    Attributes
    ----------
    header
        Its settings.
    trials
        Its trials, in the order of their numbers.
    ending
        Why it ended: ``goal`` reached, ``time`` up, maximum number of ``trials`` reached, or
        search space ``exhausted``.
    seconds
        Its duration in virtual seconds.
    test_values
        Further results of its best configuration, by name. No tuner receives them.
    """

    header: Header
    trials: tuple[SimulatedTrial, ...]
    ending: Ending
    seconds: float
    test_values: Mapping[str, float] = field(default_factory=dict)
