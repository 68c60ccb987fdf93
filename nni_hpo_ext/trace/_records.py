"""Frozen records of simulated optimisations: what a trace holds."""

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
    """What one optimisation was asked to do.

    Attributes
    ----------
    tuner
        Label of the tuner: ``MODE``, ``MODE:SPEC`` or its class.
    tuner_class, arguments
        Import path of the class and the class arguments it was given.
    assessor, assessor_arguments
        The same for the early-stopping rule; None and empty without one.
    repeat, seed
        Number of the optimisation, from 0, and the seed that decides all of it.
    benchmark, direction, optimum, typical
        The task; see `nni_hpo_ext.simulate.Benchmark`.
    goal
        Value that counts as success, None if there is none.
    workers, sync, suggest_cost
        Number of workers, whether they start together, and seconds that a suggestion takes.
    max_trials, max_seconds
        Limits, None where there is none.
    stop_at_goal
        Whether the optimisation ends at the goal.
    version
        Of this package.
    search_space
        NNI search space of the task; empty in a trace from before it was noted.
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
    """One trial.

    Attributes
    ----------
    number
        Order in which it was suggested, from 0.
    params
        Its configuration.
    worker
        The worker that ran it, from 0.
    start, end
        Virtual seconds since the start of the optimisation.
    epochs, values
        The intermediate reports it came to make.
    final
        Its final report: None if it made none; for a stopped trial its best value so far.
    true
        The final value of its configuration without noise, whether it got there or not; None
        where that is not finite. Never told to a tuner.
    status
        ``completed``; ``stopped`` by the assessor; ``failed`` (its final report is not a finite
        number); ``unfinished`` when the optimisation ended.
    arm, probability, reason
        What the tuner said of its suggestion; None if it said nothing.
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
    """One optimisation.

    Attributes
    ----------
    header
        What it was asked to do.
    trials
        Its trials, in the order of their numbers.
    ending
        Why it ended: ``goal`` reached, ``time`` up, number of ``trials`` reached, or the tuner's
        configurations ``exhausted``.
    seconds
        Virtual seconds it took.
    test_values
        What is known of its best configuration and no tuner was told, by name.
    """

    header: Header
    trials: tuple[SimulatedTrial, ...]
    ending: Ending
    seconds: float
    test_values: Mapping[str, float] = field(default_factory=dict)
