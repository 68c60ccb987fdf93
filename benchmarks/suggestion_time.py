"""Measure the CPU time of a suggestion after n trials, of our engine and of stock dragonfly-opt.

Stock dragonfly-opt is patched for current numpy and gets the same trials. It uses its own Gaussian
processes (maximum likelihood, DIRECT) and its own maximisation of the acquisition. A stock
suggestion is a model fit and a step; its default fit by slice sampling takes much longer.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import statistics
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from rich.console import Console
from rich.table import Table

from nni_hpo_ext.bandit import make_plan
from nni_hpo_ext.bandit.engine import DiversifiedEngine
from nni_hpo_ext.dragonfly._domain import DragonflyDomain
from nni_hpo_ext.dragonfly._numpy import drawing_from
from nni_hpo_ext.dragonfly._rules import _new_bandit
from nni_hpo_ext.dragonfly.engine import DragonflyEngine
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing import SPACES
from nni_hpo_ext.types import Objective, Trial, TrialStatus

OBJECTIVES = (Objective("default", "maximize"), Objective("runtime", "minimize"))


def history(space: SearchSpace, n: int) -> list[Trial]:
    """Return ``n`` random trials of a function with interactions and noise."""
    rng = np.random.default_rng(0)
    X = space.sample(n, rng)
    accuracy = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] - (X[:, 8] < 0.3) + 0.3 * X[:, 14]
    seconds = np.exp(X[:, 3] + X[:, 15]) + 0.1 * rng.random(n)
    values = np.stack([accuracy + 0.05 * rng.standard_normal(n), seconds], axis=1)
    return [
        Trial(i, space.decode(u), TrialStatus.COMPLETED, tuple(v))
        for i, (u, v) in enumerate(zip(X, values.tolist(), strict=True))
    ]


def cpu_seconds(call: Callable[[], object]) -> float:
    """Return the CPU time of the process during a call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def ours(space: SearchSpace, trials: list[Trial], acquisition: str, repeats: int) -> list[float]:
    """Return CPU seconds of consecutive suggestions, with one more trial before each."""
    engine = DragonflyEngine(
        space,
        OBJECTIVES,
        seed=0,
        num_init_evals=5,
        build_new_model_every=5,
        acquisition=acquisition,
        scalarisation="tchebychev",
    )
    engine.load_state_dict({"suggested": len(trials)})
    times = []
    for i in range(repeats):
        engine.observe(trials[: len(trials) - repeats + i + 1])
        times.append(cpu_seconds(lambda: engine.suggest(1, [])))
    return times


def stock(space: SearchSpace, trials: list[Trial], acquisition: str) -> float:
    """Return CPU seconds of a fit and a step of stock dragonfly-opt."""
    domain = DragonflyDomain(space)
    X = [domain.to_point(space.encode(t.params)) for t in trials]
    Y = np.array([t.values for t in trials]) * [-o.sign for o in OBJECTIVES]
    Y = (Y - Y.mean(axis=0)) / Y.std(axis=0)
    options = Namespace(acq=acquisition, gpb_hp_tune_criterion="ml", moors_reference_point=[-3, -3])

    def suggest() -> None:
        bandit = _new_bandit(domain, len(OBJECTIVES), options)
        bandit.prev_eval_points.extend(X)
        bandit.prev_eval_vals.extend(Y.tolist())
        bandit.step_idx = len(X)
        bandit._build_new_gps()
        bandit._set_next_gp()
        bandit._determine_next_query()

    with drawing_from(np.random.RandomState(0)):
        return cpu_seconds(suggest)


def specs(space: SearchSpace, trials: list[Trial], names: list[str], repeats: int) -> list[float]:
    """Return the mean CPU seconds of `DiversifiedTuner`'s suggestions by spec, made in turn.

    The mean, since models are fitted anew for one suggestion in five.
    """
    single = [replace(t, values=t.values[:1]) for t in trials]
    engines = [
        DiversifiedEngine(
            space,
            OBJECTIVES[0],
            0,
            make_plan("DIV", name),
            seed=0,
            num_init_evals=5,
            build_new_model_every=5,
        )
        for name in names
    ]
    times = np.zeros((repeats, len(names)))
    for engine in engines:
        started = {"suggested": len(trials), "step": len(trials)}
        engine.load_state_dict({**engine.state_dict(), **started})
    for i in range(repeats):
        for j, engine in enumerate(engines):
            engine.observe(single[: len(trials) - repeats + i + 1])
            times[i, j] = cpu_seconds(lambda engine=engine: engine.suggest(1, []))
    return [float(seconds) for seconds in times.mean(axis=0)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[50, 100, 200, 400])
    parser.add_argument(
        "--stock", type=int, nargs="*", default=[], help="numbers of trials to measure stock for"
    )
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--specs", nargs="+", help="those of DiversifiedTuner instead")
    arguments = parser.parse_args()
    space = SearchSpace(SPACES["20 mixed"])
    if arguments.specs:
        table = Table("trials", *arguments.specs)
        for n in arguments.trials:
            means = specs(space, history(space, n), arguments.specs, arguments.repeats)
            table.add_row(str(n), *(f"{seconds:.3f}" for seconds in means))
        Console().print(table)
        return
    table = Table("trials", "ehvi median", "ehvi max", "moors median", "stock UCB", "stock TS")
    for n in arguments.trials:
        trials = history(space, n)
        improvement = ours(space, trials, "ehvi", arguments.repeats)
        scalarised = ours(space, trials, "moors", arguments.repeats)
        row = [statistics.median(improvement), max(improvement), statistics.median(scalarised)]
        if n in arguments.stock:
            row += [stock(space, trials, "ucb"), stock(space, trials, "ts")]
        table.add_row(str(n), *(f"{seconds:.3f}" for seconds in row))
    Console().print(table)


if __name__ == "__main__":
    main()
