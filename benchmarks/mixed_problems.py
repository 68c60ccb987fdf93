"""Run a tuner on mixed problems that need no data: synthetic functions and scikit-learn models.

Each run is a JSON object in a line, as ``sampler_scores.py`` reads them; finished runs are skipped.
``--references`` writes the best known and the median loss of each problem instead. Optuna's
samplers take part as ``_optuna_tuner.OptunaGP`` and ``_optuna_tuner.OptunaTPE``.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import json
import pkgutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _mixed_functions import FUNCTIONS, Problem
from _mixed_models import MODELS

__all__ = ["FAMILIES", "problems", "run"]

_PER_FAMILY = 4
_RANDOM = {"models": 200}  # random configurations of the references; a model takes .1 s
_MANY = 4000
FAMILIES = (*FUNCTIONS, "models")


def problems() -> dict[str, Problem]:
    """Return all problems by name."""
    made = [make(number) for make in FUNCTIONS.values() for number in range(_PER_FAMILY)]
    return {p.name: p for p in [*made, *(make() for make in MODELS)]}


def reference(problem: Problem) -> dict[str, float]:
    """Return the best known loss and the median one of random configurations."""
    rng = np.random.default_rng(0)
    n = _RANDOM.get(problem.name.partition("_")[0], _MANY)
    X = problem.space.sample(n, rng)
    losses = np.array([problem.loss(u) for u in X])
    median, width = float(np.median(losses)), 0.3
    for _ in range(30):  # steps around the best ones
        parents = X[np.argsort(losses)[:10]][rng.integers(10, size=n // 20)]
        moved = rng.random(parents.shape) < 2.0 / len(problem.space)
        children = np.where(moved, parents + width * rng.standard_normal(parents.shape), parents)
        jumps = rng.random(parents.shape) < 0.05
        children = np.where(jumps, rng.random(parents.shape), children)
        children = problem.space.snap(np.clip(children, 0.0, 1.0))
        X = np.vstack([X, children])
        losses = np.concatenate([losses, [problem.loss(u) for u in children]])
        width *= 0.85
    return {"best": float(losses.min()), "median": median}


def run(problem: Problem, tuner: Any, seed: int, trials: int) -> dict[str, Any]:
    """Play one experiment with one trial at a time."""
    tuner.update_search_space(problem.definition)
    trace, cpu = [], []
    for number in range(trials):
        started = time.process_time()
        params = tuner.generate_parameters(number)
        cpu.append(time.process_time() - started)
        loss = problem.loss(problem.space.encode(params))
        noise = np.random.default_rng([seed, number]).standard_normal()
        trace.append({"clean": [loss]})
        tuner.receive_trial_result(number, params, loss + problem.noise * float(noise))
        tuner.trial_end(number, True)
    return {"key": problem.name, "seed": seed, "trace": trace, "cpu": float(np.median(cpu))}


def main() -> None:
    """Write the runs or the references."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--references", action="store_true")
    parser.add_argument("--tuner", default="nni_hpo_ext.tuners.GPTuner", help="its class")
    parser.add_argument("--arguments", type=json.loads, default={}, help="class arguments as JSON")
    parser.add_argument("--label", help="name of the tuner in the runs; by default its class")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1])
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--families", nargs="*", default=FAMILIES)
    args = parser.parse_args()
    chosen = [p for p in problems().values() if p.name.partition("_")[0] in args.families]
    if args.references:
        found = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else {}
        found.update({p.name: reference(p) for p in chosen if p.name not in found})
        args.out.write_text(json.dumps(found, indent=1), encoding="utf-8")
        return
    make: Callable[..., Any] = pkgutil.resolve_name(args.tuner)
    label = args.label or args.tuner.rpartition(".")[2]
    text = args.out.read_text(encoding="utf-8") if args.out.exists() else ""
    rows = [json.loads(line) for line in text.splitlines()]
    done = {(r["key"], r["seed"]) for r in rows if r["tuner"] == label}
    for seed in args.seeds:
        for problem in chosen:
            if (problem.name, seed) in done:
                continue
            tuner = make(**{"optimize_mode": "minimize", "seed": seed, **args.arguments})
            row = {"tuner": label, **run(problem, tuner, seed, args.trials)}
            with args.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
