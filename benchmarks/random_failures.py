"""Measure the cost of trials that fail at random.

Each tuner runs twice with the same seed: ``--trials`` trials of which a random share fails, and a
run without failures that is shorter by that share. A tuner that handles failures correctly is not
worse in the first run. The regret of the best trial is normalised by that of a typical random
configuration. The p value is that of Wilcoxon's signed-rank test, with the one-sided alternative
that failures make the tuner worse.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import json
import logging
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import wilcoxon

from nni_hpo_ext.simulate import load_benchmark
from nni_hpo_ext.testing import best_with_failures, build

TUNERS = {
    "Dragonfly": "nni_hpo_ext.tuners.DragonflyTuner",
    "Diversified": "nni_hpo_ext.tuners.DiversifiedTuner",
    "GP": "nni_hpo_ext.tuners.GPTuner",
    "Forest": "nni_hpo_ext.tuners.ForestTuner",
    "Parzen": "nni_hpo_ext.tuners.ParzenTuner",
    "Random": "nni_hpo_ext.tuners.RandomTuner",
}
PROBLEMS = ("branin", "hartmann6", "mixed", "levy", "digits")


def regret(tuner: str, problem: str, seed: int, trials: int, share: float) -> float:
    """Return the normalised regret of a run."""
    benchmark = load_benchmark(problem)
    instance = build(TUNERS[tuner], {"optimize_mode": benchmark.direction}, seed)
    best = best_with_failures(instance, benchmark, trials, share, seed)
    return abs(best - benchmark.optimum) / abs(benchmark.typical - benchmark.optimum)


def measure(arguments: argparse.Namespace) -> list[dict[str, object]]:
    """Run all pairs that are not in the file yet, and return all records."""
    out: Path = arguments.out
    lines = out.read_text().splitlines() if out.exists() else []
    records = [json.loads(line) for line in lines]
    done = {(r["tuner"], r["problem"], r["seed"]) for r in records}
    shorter = round(arguments.trials * (1 - arguments.share))
    for seed in range(arguments.repeats):
        for tuner in arguments.tuners:
            for problem in arguments.problems:
                if (tuner, problem, seed) in done:
                    continue
                failing = regret(tuner, problem, seed, arguments.trials, arguments.share)
                clean = regret(tuner, problem, seed, shorter, 0.0)
                record = {"tuner": tuner, "problem": problem, "seed": seed}
                records.append({**record, "failing": failing, "clean": clean})
                with out.open("a") as file:
                    file.write(json.dumps(records[-1]) + "\n")
    return records


def show(records: list[dict[str, object]], console: Console) -> None:
    """Print medians and p values by tuner and problem, and over all problems."""
    table = Table("tuner", "problem", "n", "failing", "clean", "better/worse", "p (worse)")
    for tuner in dict.fromkeys(r["tuner"] for r in records):
        of_tuner = [r for r in records if r["tuner"] == tuner]
        for problem in [*dict.fromkeys(r["problem"] for r in of_tuner), "all"]:
            rows = [r for r in of_tuner if problem in (r["problem"], "all")]
            failing, clean = (np.array([r[key] for r in rows]) for key in ("failing", "clean"))
            # Regrets differ by orders of magnitude, so compare their ratio.
            ratio = np.log(failing + 1e-6) - np.log(clean + 1e-6)
            p = wilcoxon(ratio, alternative="greater").pvalue if np.any(ratio) else 1.0
            table.add_row(
                str(tuner),
                str(problem),
                str(len(rows)),
                f"{np.median(failing):.4f}",
                f"{np.median(clean):.4f}",
                f"{int((ratio < 0).sum())}/{int((ratio > 0).sum())}",
                f"{p:.3f}",
            )
    console.print(table)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuners", nargs="+", default=list(TUNERS), choices=TUNERS)
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS))
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--share", type=float, default=0.2, help="share of trials that fail")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path("random_failures.jsonl"))
    arguments = parser.parse_args()
    logging.getLogger("nni_hpo_ext").setLevel(logging.ERROR)
    show(measure(arguments), Console())


if __name__ == "__main__":
    main()
