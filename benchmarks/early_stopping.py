"""Compare saved epochs and killed winners of our rules, NNI's Medianstop and Optuna's ASHA.

An experiment has 100 trials drawn from the real learning curves of a task, four at a time, with
epochs of equal length. The winner is the trial with the best end if none is stopped. It is killed
if no trial that ends as well completes. The regret is the gap between the best completed trial and
the winner, in percent of the winner's lead over the median trial.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _curves import Curves, load_curves
from _pruners import OptunaAsha
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from nni_hpo_ext.audit import Setting
from nni_hpo_ext.stopping import RecordedTrial, Replayed, Stopper, replay

# Tasks of the front; the others only check it.
FRONT = ("LCBench 3945", "LCBench 7593", "LCBench 126025", "data3")
TRIALS, WORKERS = 100, 4
Maker = Callable[[Curves], Stopper]


@dataclass(frozen=True)
class Score:
    """Percentages over the experiments of a task."""

    saved: float
    killed: float
    regret: float


def settings(quick: bool) -> dict[str, Maker]:
    """Return every rule with its settings, ours first."""
    makers = {"ours (default)": _assessor(Setting("consensus"))}
    if not quick:
        for caution in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1.2):
            makers[f"ours caution={caution}"] = _assessor(
                Setting("consensus", {"caution": caution})
            )
        for caution in (0.03, 0.06, 0.1, 0.15, 0.2):
            arguments = {"caution": caution, "min_completed": 0, "start_step": 2}
            makers[f"ours caution={caution} E"] = _assessor(
                Setting("consensus", arguments), known_epochs=True
            )
        makers["ours count_stopped=False"] = _assessor(
            Setting("consensus", {"count_stopped": False})
        )
        for counts in (False, True):
            arguments = {"start_step": 5, "count_stopped": counts}
            makers[f"median 5 counts={counts}"] = _assessor(Setting("median", arguments))
        for beta in (0.1, 0.2):
            makers[f"compound beta={beta}"] = _assessor(Setting("compound", {"beta": beta}))
    for start in (0, 5) if quick else (0, 1, 2, 3, 5, 8, 12):
        makers[f"Medianstop {start}"] = _assessor(Setting("medianstop", {"start_step": start}))
    for least, factor in ((1, 4),) if quick else _ASHA:
        makers[f"ASHA {least}, {factor}"] = lambda c, r=least, f=factor: OptunaAsha(
            c.direction, r, f
        )
    return makers


# min_resource, reduction_factor
_ASHA = [(least, factor) for least in (1, 2, 4, 6, 8, 12) for factor in (2, 3, 4)]


def _assessor(setting: Setting, known_epochs: bool = False) -> Maker:
    def make(curves: Curves) -> Stopper:
        extra = {"max_epochs": curves.values.shape[1]} if known_epochs else {}
        return Setting(setting.rule, {**setting.arguments, **extra}).stopper(curves.direction)

    return make


def experiments(curves: Curves, repeats: int) -> Iterable[list[RecordedTrial]]:
    """Draw the experiments of a task, always the same ones."""
    rng = np.random.default_rng(2020)
    offsets = tuple(range(1, curves.values.shape[1] + 1))
    for _ in range(repeats):
        rows = rng.choice(len(curves.values), TRIALS, replace=False)
        yield [
            RecordedTrial(str(i), tuple(curves.values[row]), offsets, offsets[-1])
            for i, row in enumerate(rows)
        ]


def score(curves: Curves, make: Maker, repeats: int, last: bool) -> Score:
    """Replay the experiments of a task under a setting."""
    rows = []
    for trials in experiments(curves, repeats):
        replayed = replay(trials, make(curves), WORKERS)
        steps = sum(len(t.values) for t in trials)
        rows.append((1 - sum(r.steps for r in replayed) / steps, *_loss(curves, replayed, last)))
    return Score(*(100 * np.mean(rows, axis=0)).tolist())


def _loss(curves: Curves, replayed: Sequence[Replayed], last: bool) -> tuple[bool, float]:
    finals = _finals(np.array([r.trial.values for r in replayed]), curves, last)
    left = finals[[not r.stopped for r in replayed]]
    winner, median = finals.max(), float(np.median(finals[np.isfinite(finals)]))
    best = left.max() if len(left) else median
    return bool(best < winner), float((winner - best) / max(winner - median, 1e-12))


def _finals(values: NDArray[np.float64], curves: Curves, last: bool) -> NDArray[np.float64]:
    """Return the last or the best value of each trial, larger is better."""
    gains = values if curves.direction == "maximize" else -values
    gains = np.where(np.isfinite(gains), gains, -np.inf)
    return gains[:, -1] if last else gains.max(axis=1)


def report(scores: Mapping[str, Mapping[str, Score]], console: Console) -> None:
    """Print a row per setting: the mean over the tasks of the front, and the worst task."""
    table = Table(title="percent; front: mean of " + ", ".join(FRONT), title_justify="left")
    table.add_column("setting")
    for name in (
        "saved",
        "killed",
        "regret",
        "killed, worst task",
        "saved, others",
        "killed, others",
    ):
        table.add_column(name, justify="right")
    for name, tasks in scores.items():
        front = _mean(tasks[t] for t in FRONT if t in tasks)
        others = _mean(tasks[t] for t in tasks if t not in FRONT)
        worst = max(s.killed for s in tasks.values())
        cells = (front.saved, front.killed, front.regret, worst, others.saved, others.killed)
        table.add_row(name, *(f"{c:.1f}" for c in cells))
    console.print(table)


def report_tasks(scores: Mapping[str, Score], console: Console) -> None:
    """Print the scores of our default on each task."""
    table = Table("task", "saved", "killed", "regret", title="ours (default), percent by task")
    for task, s in scores.items():
        table.add_row(task, f"{s.saved:.1f}", f"{s.killed:.1f}", f"{s.regret:.2f}")
    console.print(table)


def undominated(scores: Mapping[str, Mapping[str, Score]]) -> dict[str, str | None]:
    """Return, for each setting of others, one of ours that dominates it, or None."""
    means = {n: _mean(tasks[t] for t in FRONT if t in tasks) for n, tasks in scores.items()}
    ours = {n: m for n, m in means.items() if n.startswith("ours")}
    return {n: _better(m, ours) for n, m in means.items() if n.startswith(("Medianstop", "ASHA"))}


def _better(theirs: Score, ours: Mapping[str, Score]) -> str | None:
    for name, our in ours.items():
        no_worse = our.saved >= theirs.saved and our.killed <= theirs.killed
        if no_worse and (our.saved, our.killed) != (theirs.saved, theirs.killed):
            return name
    return None


def _mean(scores: Iterable[Score]) -> Score:
    rows = [(s.saved, s.killed, s.regret) for s in scores]
    return Score(*np.mean(rows, axis=0).tolist()) if rows else Score(*[float("nan")] * 3)


def main() -> None:
    """Replay all experiments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with lcbench/, deepbo/ and taskset/")
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--quick", action="store_true", help="a few settings only")
    parser.add_argument("--lcbench", type=int, nargs="*", default=[3945, 7593, 34539, 126025])
    parser.add_argument(
        "--best", action="store_true", help="score a trial by its best value, not its last"
    )
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # a line for each NaN
    tasks = list(load_curves(arguments.folder, arguments.lcbench))
    scores: dict[str, dict[str, Score]] = {}
    for name, make in settings(arguments.quick).items():
        scores[name] = {
            c.name: score(c, make, arguments.repeats, not arguments.best) for c in tasks
        }
        print(name, flush=True)
    console = Console(width=120)
    report(scores, console)
    report_tasks(scores["ours (default)"], console)
    for theirs, our in undominated(scores).items():
        console.print(f"{theirs}: {'better is ' + our if our else 'NO setting of ours is better'}")
    if arguments.json:
        plain: Any = {n: {t: vars(s) for t, s in v.items()} for n, v in scores.items()}
        arguments.json.write_text(json.dumps(plain, indent=1) + "\n")


if __name__ == "__main__":
    main()
