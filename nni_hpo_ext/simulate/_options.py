"""What a simulation is asked to do."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nni_hpo_ext.arguments import one_of, whole_number
from nni_hpo_ext.errors import ConfigError

__all__ = ["Options", "Protocol", "protocol", "seconds"]

# Bounds an optimisation towards a goal that may be out of reach.
_MANY_TRIALS = 1000
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Protocol:
    """How many optimisations, and when each of them ends.

    Attributes
    ----------
    repeats
        Number of optimisations per tuner.
    max_trials
        Trials of each at most, None for any number.
    max_seconds
        Virtual seconds of each at most, infinity for any time.
    stop_at_goal
        Whether each ends when the goal is reached.
    """

    repeats: int = 1
    max_trials: int | None = None
    max_seconds: float = math.inf
    stop_at_goal: bool = False


def protocol(
    trials: int, repeats: int | None = None, exit_at: str | None = None, limit: str | None = None
) -> Protocol:
    """Read the command's ``TRIALS``, ``--repeats``, ``-e`` and ``-et``.

    Parameters
    ----------
    trials
        Without ``exit_at`` the number of trials of each optimisation. With it the number of
        optimisations, unless ``repeats`` gives that: then it bounds the trials of each.
    repeats
        Number of optimisations.
    exit_at
        ``TIME`` or ``GOAL``, upper or lower case.
    limit
        Virtual time: seconds, or ``30m``, ``12h``, ``1d``.

    Raises
    ------
    ConfigError
        If an argument is not allowed, or nothing would end an optimisation.
    """
    whole_number("TRIALS", trials, 1)
    if repeats is not None:
        whole_number("--repeats", repeats, 1)
    max_seconds = math.inf if limit is None else seconds(limit)
    if exit_at is None:
        return Protocol(repeats or 1, trials, max_seconds)
    one_of("-e", exit_at.upper(), ("TIME", "GOAL"))
    if exit_at.upper() == "TIME" and limit is None:
        raise ConfigError("-e TIME needs the time: add -et, for example -et 12h")
    if repeats is not None:
        bound: int | None = trials
    else:
        bound = None if limit is not None else _MANY_TRIALS
    return Protocol(repeats or trials, bound, max_seconds, exit_at.upper() == "GOAL")


def seconds(text: str) -> float:
    """Read a time such as ``36000``, ``90s``, ``30m``, ``12h`` or ``1.5d`` as seconds.

    Raises
    ------
    ConfigError
        If it is none, or not positive.
    """
    match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([smhd]?)\s*", text.lower())
    value = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < value < math.inf:
        raise ConfigError(f"time {text!r} is not allowed: give seconds, or 30m, 12h, 1d")
    return value


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that decides the outcome of a simulation, and ``jobs``, which does not.

    Attributes
    ----------
    benchmark
        Name or import path of the task.
    tuners
        One entry each: ``MODE``, ``MODE:SPEC`` or an import path.
    protocol
        How often, how long.
    goal
        Value that counts as success; None for the benchmark's own.
    seed
        Seed of the first repeat; repeat ``r`` has ``seed + r``.
    workers, sync, suggest_cost
        See `nni_hpo_ext.simulate.Rules`. ``workers`` None is 6 for BATCH and 1 otherwise.
    tuner_arguments, assessor_arguments
        Further class arguments.
    assessor
        ``median``, ``compound`` or an import path; None for no early stopping.
    data_dir
        Folder of the benchmark data; None for ``$NNI_HPO_BENCHMARKS``.
    jobs
        Number of processes.
    candidates
        Whether tuners are told which configurations the benchmark can train, if not all.
    """

    benchmark: str
    tuners: tuple[str, ...] = ("RANDOM",)
    protocol: Protocol = field(default_factory=lambda: Protocol(max_trials=100))
    goal: float | None = None
    seed: int = 0
    workers: int | None = None
    sync: bool = False
    suggest_cost: float = 1.0
    tuner_arguments: Mapping[str, Any] = field(default_factory=dict)
    assessor: str | None = None
    assessor_arguments: Mapping[str, Any] = field(default_factory=dict)
    data_dir: Path | None = None
    jobs: int = 1
    candidates: bool = True

    def __post_init__(self) -> None:
        whole_number("--seed", self.seed, 0)
        if self.seed + self.protocol.repeats > 2**32:
            raise ConfigError(f"--seed {self.seed} is not allowed: the last seed is 2**32 - 1")
        whole_number("--jobs", self.jobs, 1)
        if self.workers is not None:
            whole_number("--workers", self.workers, 1)
        if not 0 <= self.suggest_cost < math.inf:
            raise ConfigError(
                f"--suggest-cost {self.suggest_cost} is not allowed: give seconds, 0 or more"
            )
        if self.goal is not None and not math.isfinite(self.goal):
            raise ConfigError(f"-eg {self.goal} is not allowed: give a finite number")
        if self.assessor_arguments and self.assessor is None:
            raise ConfigError("-c has arguments of an assessor: name it with --assessor")
