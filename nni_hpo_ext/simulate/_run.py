"""Run the optimisations of a simulation, one after the other or in parallel."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import multiprocessing
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext import __version__
from nni_hpo_ext.budget import configuration
from nni_hpo_ext.dispatcher import separate_dispatcher
from nni_hpo_ext.errors import ConfigError, ExperimentError
from nni_hpo_ext.journal import listening
from nni_hpo_ext.simulate._benchmark import Benchmark
from nni_hpo_ext.simulate._build import (
    Component,
    accepted,
    assessor_component,
    make,
    tuner_component,
)
from nni_hpo_ext.simulate._catalogue import load_benchmark
from nni_hpo_ext.simulate._options import Options
from nni_hpo_ext.simulate._remote import RemoteJudge, start_study
from nni_hpo_ext.simulate._replay import (
    Judge,
    OnTrial,
    Replay,
    ReplayedTuner,
    Rules,
    VirtualClock,
)
from nni_hpo_ext.simulate.driver import AssessorDriver, Notes, TunerDriver
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.trace import Header, Run, SimulatedTrial

__all__ = ["run_one", "simulate"]

# As in the published parallel experiments (Cho et al., IEEE Access 2020).
_BATCH_WORKERS = 6


def simulate(options: Options, on_trial: OnTrial | None = None) -> Iterator[Run]:
    """Run all optimisations, and yield them in order.

    Parameters
    ----------
    options
        What to run. ``jobs`` does not affect the results.
    on_trial
        Called after every trial with the number of trials and the virtual time. Only used if the
        optimisations run in this process.

    Yields
    ------
    Run
        All repeats of the first tuner, then those of the next one.

    Raises
    ------
    HpoExtError
        If the benchmark, a tuner or the assessor cannot be used, or fails.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import Options, Protocol, score, simulate
    >>> options = Options("branin", protocol=Protocol(repeats=2, max_trials=20))
    >>> runs = list(simulate(options))
    >>> [len(run.trials) for run in runs]
    [20, 20]
    >>> score(runs[0]).trials
    20
    """
    _check(options)
    tasks = [(entry, r) for entry in options.tuners for r in range(options.protocol.repeats)]
    if options.jobs == 1 or len(tasks) == 1:
        for entry, repeat in tasks:
            yield run_one(options, entry, repeat, on_trial)
        return
    context = multiprocessing.get_context("spawn")
    level = logging.getLogger().level
    with ProcessPoolExecutor(
        min(options.jobs, len(tasks)), context, initializer=_start_process, initargs=(level,)
    ) as pool:
        futures = [pool.submit(run_one, options, entry, repeat) for entry, repeat in tasks]
        try:
            for future in futures:
                yield future.result()
        except BrokenProcessPool as error:
            raise ExperimentError(
                "a process of the simulation died, perhaps out of memory: use fewer --jobs"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start_process(level: int) -> None:
    logging.basicConfig(level=level)
    logging.getLogger("nni").setLevel(level)


def _check(options: Options) -> None:
    """Raise the errors that would end the first optimisation before it starts."""
    benchmark = _benchmark(options.benchmark, options.data_dir)
    SearchSpace(benchmark.search_space)
    labels = [tuner_component(entry, options.tuner_arguments).label for entry in options.tuners]
    if len(set(labels)) < len(labels):
        raise ConfigError(f"two tuners have the same name: {', '.join(labels)}; remove one")
    if options.protocol.stop_at_goal and _goal(options, benchmark) is None:
        raise ConfigError(f"benchmark {benchmark.name} has no default goal: add -eg GOAL")
    if options.assessor is not None:
        _require_curves(benchmark, "--assessor")


def _require_curves(benchmark: Benchmark, who: str) -> None:
    if not benchmark.n_epochs:
        raise ConfigError(
            f"benchmark {benchmark.name} has no learning curves, which {who} requires: remove it"
        )


@lru_cache(maxsize=1)
def _benchmark(name: str, data_dir: Path | None) -> Benchmark:
    return load_benchmark(name, data_dir)


def _goal(options: Options, benchmark: Benchmark) -> float | None:
    return benchmark.goal if options.goal is None else options.goal


def run_one(options: Options, entry: str, repeat: int, on_trial: OnTrial | None = None) -> Run:
    """Run one optimisation.

    Parameters
    ----------
    options
        What to run.
    entry
        Entry of the tuner in ``options.tuners``.
    repeat
        Index of the optimisation.
    on_trial
        See `simulate`.
    """
    benchmark = _benchmark(options.benchmark, options.data_dir).fresh()
    seed, clock, notes = options.seed + repeat, VirtualClock(), Notes()
    chosen = tuner_component(entry, options.tuner_arguments)
    rules = _rules(options, chosen, benchmark)
    with _global_random_state(seed), listening(notes.record), separate_dispatcher():
        if options.worker_url is None:
            players = _local(options, chosen, benchmark, seed, clock, notes)
        else:
            players = _remote(options.worker_url, options, chosen, benchmark, seed)
        replay = Replay(benchmark, players.tuner, players.judge, rules, seed, clock, on_trial)
        ending = replay.run()
    header = Header(
        tuner=chosen.label,
        tuner_class=chosen.class_name,
        arguments=_recorded(players.arguments),
        assessor=options.assessor,
        assessor_arguments=players.judge_arguments,
        repeat=repeat,
        seed=seed,
        benchmark=benchmark.name,
        direction=benchmark.direction,
        optimum=benchmark.optimum,
        typical=benchmark.typical,
        goal=_goal(options, benchmark),
        workers=rules.workers,
        sync=rules.sync,
        suggest_cost=rules.suggest_cost,
        max_trials=rules.max_trials,
        max_seconds=rules.max_seconds if math.isfinite(rules.max_seconds) else None,
        stop_at_goal=options.protocol.stop_at_goal,
        version=__version__,
        search_space=benchmark.search_space,
    )
    records = tuple(replay.records)
    return Run(header, records, ending, clock.now, _test_values(benchmark, records))


def _test_values(benchmark: Benchmark, records: Sequence[SimulatedTrial]) -> Mapping[str, float]:
    """Return the further known results of the best completed trial."""
    finals = [
        (r.final, r.params) for r in records if r.status == "completed" and r.final is not None
    ]
    if not finals:
        return {}
    choose = max if benchmark.direction == "maximize" else min
    return benchmark.test_values(configuration(choose(finals, key=lambda pair: pair[0])[1]))


def _recorded(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the class arguments for the trace, with candidates replaced by their number."""
    kept = {k: v for k, v in arguments.items() if k not in ("oracle", "clock", "candidates")}
    candidates = arguments.get("candidates")
    return kept if candidates is None else {**kept, "candidates": len(candidates)}


def _rules(options: Options, chosen: Component, benchmark: Benchmark) -> Rules:
    mode, spec = chosen.arguments.get("mode"), chosen.arguments.get("spec")
    return Rules(
        workers=options.workers or (_BATCH_WORKERS if mode == "BATCH" else 1),
        sync=options.sync or (mode == "BATCH" and spec == "SYNC"),
        suggest_cost=options.suggest_cost,
        max_trials=options.protocol.max_trials,
        max_seconds=options.protocol.max_seconds,
        goal=_goal(options, benchmark) if options.protocol.stop_at_goal else None,
    )


@dataclass(frozen=True, slots=True)
class _Players:
    """A tuner and an assessor, with their class arguments."""

    tuner: ReplayedTuner
    judge: Judge | None
    arguments: Mapping[str, Any]
    judge_arguments: Mapping[str, Any]


def _local(
    options: Options,
    chosen: Component,
    benchmark: Benchmark,
    seed: int,
    clock: VirtualClock,
    notes: Notes,
) -> _Players:
    """Build the tuner and the assessor in this process."""
    # Its length is looked up with an evaluation, which must not belong to this optimisation.
    shared = _benchmark(options.benchmark, options.data_dir)
    offered = {
        "seed": seed,
        "optimize_mode": benchmark.direction,
        "oracle": benchmark.true_value,
        "clock": clock,
        "candidates": benchmark.candidates if options.candidates else None,
        "max_budget": shared.total_epochs,
    }
    tuner, arguments = make(chosen, offered)
    if "max_budget" in arguments:
        _require_curves(shared, chosen.label)
    judge, judge_arguments = None, dict[str, Any]()
    if options.assessor is not None:
        rule = assessor_component(options.assessor, options.assessor_arguments)
        assessor, judge_arguments = make(rule, _offered_to_judge(benchmark))
        judge = AssessorDriver(assessor, rule.label)
    driver = TunerDriver(tuner, chosen.label, benchmark.search_space, notes)
    return _Players(driver, judge, arguments, judge_arguments)


def _remote(
    url: str, options: Options, chosen: Component, benchmark: Benchmark, seed: int
) -> _Players:
    """Start a study of the service, which has the tuner and the assessor."""
    rule = None
    if options.assessor is not None:
        rule = assessor_component(options.assessor, options.assessor_arguments)
        # The service sets the direction.
        offered = {"max_epochs": _offered_to_judge(benchmark)["max_epochs"]}
        rule = dataclasses.replace(rule, arguments=accepted(rule, offered))
    tuner = start_study(url, chosen, rule, benchmark, seed)
    judge = None if rule is None else RemoteJudge(tuner)
    return _Players(tuner, judge, chosen.arguments, {} if rule is None else rule.arguments)


def _offered_to_judge(benchmark: Benchmark) -> dict[str, Any]:
    return {"optimize_mode": benchmark.direction, "max_epochs": benchmark.n_epochs}


@contextlib.contextmanager
def _global_random_state(seed: int) -> Iterator[None]:
    """Seed the global generators for tuners that use them, and restore them afterwards."""
    states = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
