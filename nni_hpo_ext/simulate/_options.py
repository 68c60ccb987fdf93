"""Options of a simulation."""

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

# Limits an optimisation whose goal may be out of reach.
_MANY_TRIALS = 1000
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Protocol:
    """Number of optimisations, and when each of them ends.

    Attributes
    ----------
    repeats
        Number of optimisations per tuner.
    max_trials
        Maximum number of trials of each optimisation, None for no limit.
    max_seconds
        Maximum virtual seconds of each optimisation, infinity for no limit.
    stop_at_goal
        Whether an optimisation ends when the goal is reached.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import Protocol
    >>> Protocol(repeats=20, max_trials=50).stop_at_goal
    False
    """

    repeats: int = 1
    max_trials: int | None = None
    max_seconds: float = math.inf
    stop_at_goal: bool = False


def protocol(
    trials: int, repeats: int | None = None, exit_at: str | None = None, limit: str | None = None
) -> Protocol:
    """Parse ``TRIALS``, ``--repeats``, ``-e`` and ``-et`` of ``nni-hpo simulate``.

    Parameters
    ----------
    trials
        Without ``exit_at``, the number of trials of each optimisation. With ``exit_at``, the number
        of optimisations; if ``repeats`` is given, the maximum number of trials of each.
    repeats
        Number of optimisations.
    exit_at
        ``TIME`` or ``GOAL``, upper or lower case.
    limit
        Virtual time: seconds, or ``30m``, ``12h``, ``1d``.

    Raises
    ------
    ConfigError
        If an argument is invalid, or nothing would end an optimisation.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import protocol
    >>> protocol(10, exit_at="TIME", limit="12h")
    Protocol(repeats=10, max_trials=None, max_seconds=43200.0, stop_at_goal=False)
    """
    whole_number("TRIALS", trials, 1)
    if repeats is not None:
        whole_number("--repeats", repeats, 1)
    max_seconds = math.inf if limit is None else seconds(limit)
    if exit_at is None:
        return Protocol(repeats or 1, trials, max_seconds)
    one_of("-e", exit_at.upper(), ("TIME", "GOAL"))
    if exit_at.upper() == "TIME" and limit is None:
        raise ConfigError("-e TIME requires a time limit: add -et, for example -et 12h")
    if repeats is not None:
        bound: int | None = trials
    else:
        bound = None if limit is not None else _MANY_TRIALS
    return Protocol(repeats or trials, bound, max_seconds, exit_at.upper() == "GOAL")


def seconds(text: str) -> float:
    """Parse a time such as ``36000``, ``90s``, ``30m``, ``12h`` or ``1.5d`` as seconds.

    Raises
    ------
    ConfigError
        If the text is not a positive time.
    """
    match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([smhd]?)\s*", text.lower())
    value = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < value < math.inf:
        raise ConfigError(f"time must be a number of seconds, or like 30m, 12h, 1d, got {text!r}")
    return value


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a simulation. All but ``jobs`` affect its results.

    Attributes
    ----------
    benchmark
        Name or import path of the benchmark.
    tuners
        ``MODE``, ``MODE:SPEC``, ``HYPERBAND``, ``BOHB`` or an import path for each tuner.
    protocol
        Number of optimisations, and when each ends.
    goal
        Value that counts as success; None for the goal of the benchmark.
    seed
        Seed of the first repeat; repeat ``r`` uses ``seed + r``.
    workers, sync, suggest_cost
        Number of parallel trials, None for 6 with BATCH and 1 otherwise; whether all workers wait
        for each other; virtual seconds per suggestion.
    tuner_arguments, assessor_arguments
        Further class arguments.
    assessor
        ``median``, ``compound`` or an import path; None for no early stopping.
    data_dir
        Folder of the benchmark data; None for ``$NNI_HPO_BENCHMARKS``.
    jobs
        Number of processes.
    candidates
        Whether tuners know which configurations the benchmark can train, if not all.
    worker_url
        Address of an `nni-hpo serve` that has the tuner and the assessor; None for this process.
        Its tuners do not know the candidates.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import Options, Protocol
    >>> options = Options("branin", tuners=("RANDOM", "TPE:EI"), protocol=Protocol(max_trials=30))
    >>> options.seed, options.protocol.max_trials
    (0, 30)
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
    worker_url: str | None = None

    def __post_init__(self) -> None:
        whole_number("--seed", self.seed, 0)
        if self.seed + self.protocol.repeats > 2**32:
            raise ConfigError(f"--seed {self.seed}: the seed of the last repeat must be < 2**32")
        whole_number("--jobs", self.jobs, 1)
        if self.workers is not None:
            whole_number("--workers", self.workers, 1)
        if not 0 <= self.suggest_cost < math.inf:
            raise ConfigError(
                f"--suggest-cost must be a non-negative number of seconds, got {self.suggest_cost}"
            )
        if self.goal is not None and not math.isfinite(self.goal):
            raise ConfigError(f"-eg must be a finite number, got {self.goal}")
        if self.assessor_arguments and self.assessor is None:
            raise ConfigError("-c has assessor arguments, but no assessor is set: add --assessor")
