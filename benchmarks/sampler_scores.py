"""Compare samplers by their normalised regret on problems of several families.

Reads files with one JSON object per run: ``tuner``, ``key`` and ``seed`` name it, and ``trace``
lists its trials in order of completion, with the noise-free losses as ``clean`` (null for a failed
trial). The references are a JSON object: for each ``key`` the losses ``best`` and ``median``, those
of the best known and of a median random configuration.

Constants of a sampler are best chosen on problems of other families than those they are judged on.
``--choose`` does that: each family in turn is left out, the variant with the smallest regret on the
other families is chosen, and the regret on the family left out is reported.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import wilcoxon

Cell = tuple[str, int]  # problem and seed
Curves = dict[str, dict[Cell, np.ndarray]]  # regret after each trial, by tuner and cell

OTHERS = "others"


def read(files: Iterable[Path], references: Mapping[str, Any]) -> Curves:
    """Return the regret after each trial of every run."""
    curves: Curves = defaultdict(dict)
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            run = json.loads(line)
            cell = run["key"], run["seed"]
            curves[run["tuner"]][cell] = _regret(run["trace"], references[run["key"]])
    return curves


def _regret(trace: Sequence[Mapping[str, Any]], reference: Mapping[str, float]) -> np.ndarray:
    """Return the normalised regret of the best trial so far, 1 before the first success."""
    losses = np.array([t["clean"][0] if t["clean"] else np.inf for t in trace], dtype=float)
    gap = (np.minimum.accumulate(losses) - reference["best"]) / (
        reference["median"] - reference["best"]
    )
    return np.where(np.isfinite(gap), np.maximum(gap, 0.0), 1.0)


def after(curve: np.ndarray, trials: int) -> float:
    """Return the regret after so many trials; a run that ended early keeps its last value."""
    return float(curve[min(trials, len(curve)) - 1])


def family(problem: str, families: Sequence[str]) -> str:
    """Return the family that begins the name of a problem."""
    name = problem.rpartition(":")[2]
    return next((f for f in families if name.startswith(f)), OTHERS)


def by_problem(curves: Mapping[Cell, np.ndarray], cells: Iterable[Cell], trials: int) -> np.ndarray:
    """Return the mean regret over the seeds of each problem."""
    values = defaultdict(list)
    for problem, seed in cells:
        values[problem].append(after(curves[problem, seed], trials))
    return np.array([np.mean(v) for v in values.values()])


def print_scores(
    curves: Curves, cells: Sequence[Cell], families: Sequence[str], points: Sequence[int]
) -> None:
    """Print the mean regret of each tuner, over all problems and over those of each family."""
    groups = {"all": list(cells)}
    for name in [*families, OTHERS]:
        groups[name] = [cell for cell in cells if family(cell[0], families) == name]
    print(f"{len(cells)} runs each; regret after {' / '.join(map(str, points))} trials")
    for tuner, runs in curves.items():
        print(tuner)
        for name, group in groups.items():
            if group:
                means = [by_problem(runs, group, p).mean() for p in points]
                print(f"  {name:<14}" + " ".join(f"{m:.3f}" for m in means))


def print_paired(
    curves: Curves, cells: Sequence[Cell], against: str, points: Sequence[int]
) -> None:
    """Print the ratio of the mean regrets and the p value of Wilcoxon's signed-rank test."""
    for tuner in curves:
        if tuner == against:
            continue
        for p in points:
            ours, theirs = (
                np.array([after(curves[t][cell], p) for cell in cells]) for t in (tuner, against)
            )
            p_value = wilcoxon(ours, theirs).pvalue if (ours != theirs).any() else 1.0
            ratio = ours.mean() / theirs.mean()
            print(f"{tuner} / {against}, {p} trials: {ratio:.2f} (p = {p_value:.3f})")


def print_choices(
    curves: Curves, cells: Sequence[Cell], families: Sequence[str], points: Sequence[int]
) -> None:
    """Print which variant the other families choose for each family, and its regret there."""

    def score(tuner: str, group: Sequence[Cell]) -> float:
        return float(np.mean([by_problem(curves[tuner], group, p).mean() for p in points]))

    for name in sorted({family(problem, families) for problem, _ in cells}):
        inside = [cell for cell in cells if family(cell[0], families) == name]
        outside = [cell for cell in cells if family(cell[0], families) != name]
        chosen = min(curves, key=lambda tuner: score(tuner, outside))
        scores = ", ".join(f"{tuner} {score(tuner, inside):.3f}" for tuner in curves)
        print(f"without {name}: {chosen}; on {name}: {scores}")


def main() -> None:
    """Print the tables that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--references", type=Path, required=True)
    parser.add_argument("--families", nargs="*", default=[], help="how their names begin")
    parser.add_argument("--tuners", nargs="*", help="by default all")
    parser.add_argument("--against", help="the tuner that the others are compared with")
    parser.add_argument("--choose", action="store_true", help="leave each family out in turn")
    parser.add_argument("--trials", nargs="*", type=int, default=[20, 40, 60])
    args = parser.parse_args()
    curves = read(args.files, json.loads(args.references.read_text(encoding="utf-8")))
    if args.tuners:
        curves = {tuner: curves[tuner] for tuner in args.tuners}
    cells = sorted(set.intersection(*(set(runs) for runs in curves.values())))
    print_scores(curves, cells, args.families, args.trials)
    if args.against:
        print_paired(curves, cells, args.against, args.trials)
    if args.choose:
        print_choices(curves, cells, args.families, args.trials)


if __name__ == "__main__":
    main()
