"""Compare saved epochs and killed winners of our rules, NNI's Medianstop and Optuna's ASHA.

What an experiment is, and what is counted, is said in `_stopping_scores`. ``--families`` chooses
our caution by leaving one family of tasks out at a time and scores it on the family left out;
``--two`` counts what is lost of the front where a trial's cost is a second objective.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _curves import Curves, load_curves
from _pruners import OptunaAsha
from _stopping_scores import FrontScore, Maker, Score, score, score_two
from rich.console import Console
from rich.table import Table

from nni_hpo_ext.audit import Setting
from nni_hpo_ext.stopping import Stopper
from nni_hpo_ext.types import Objective

# Tasks of the front; the others only check it.
FRONT = ("LCBench 3945", "LCBench 7593", "LCBench 126025", "data3")
CAUTIONS = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)


def settings(quick: bool) -> dict[str, Maker]:
    """Return every rule with its settings, ours first."""
    makers = {"ours (default)": _assessor(Setting("prospect"))}
    if not quick:
        makers |= cautions()
        makers["ours patient"] = _assessor(Setting("prospect", {"preset": "patient"}))
        makers["ours count_stopped=False"] = _assessor(
            Setting("prospect", {"count_stopped": False})
        )
        for caution in (0.3, 0.5, 0.75, 1.0):
            makers[f"consensus caution={caution}"] = _assessor(
                Setting("consensus", {"caution": caution})
            )
        for counts in (False, True):
            arguments = {"start_step": 5, "count_stopped": counts}
            makers[f"median 5 counts={counts}"] = _assessor(Setting("median", arguments))
        for beta in (0.1, 0.2):
            makers[f"compound beta={beta}"] = _assessor(Setting("compound", {"beta": beta}))
    for start in (0, 5) if quick else (0, 1, 2, 3, 5, 8, 12):
        makers[f"Medianstop {start}"] = _assessor(Setting("medianstop", {"start_step": start}))
    for least, factor in ((1, 4),) if quick else _ASHA:
        makers[f"ASHA {least}, {factor}"] = lambda c, _, r=least, f=factor: OptunaAsha(
            c.direction, r, f
        )
    return makers


# min_resource, reduction_factor
_ASHA = [(least, factor) for least in (1, 2, 4, 6, 8, 12) for factor in (2, 3, 4)]


def cautions() -> dict[str, Maker]:
    """Return our default at several degrees of caution."""
    return {f"ours caution={c}": _assessor(Setting("prospect", {"caution": c})) for c in CAUTIONS}


def _assessor(setting: Setting) -> Maker:
    def make(curves: Curves, several: bool) -> Stopper:
        objectives = [Objective("default", curves.direction)]
        if several:
            objectives.append(Objective("cost", "minimize"))
        return setting.stopper(*objectives)

    return make


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
    """Print what our default does on each task."""
    table = Table("task", "saved", "killed", "lost > 1 %", "regret", title="ours (default)")
    for task, s in scores.items():
        cells = (f"{s.saved:.1f}", f"{s.killed:.1f}", f"{s.lost:.1f}", f"{s.regret:.2f}")
        table.add_row(task, *cells)
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
    rows = [(s.saved, s.killed, s.lost, s.regret) for s in scores]
    return Score(*np.mean(rows, axis=0).tolist()) if rows else Score(*[float("nan")] * 4)


def report_families(tasks: Sequence[Curves], repeats: int, console: Console) -> None:
    """Choose our caution without a family of tasks, and print how it does on that family."""
    makers = cautions()
    scores = {n: {t.name: score(t, m, repeats) for t in tasks} for n, m in makers.items()}
    table = Table("left out", "chosen", "saved", "lost > 1 %", "regret", title="leave one out")
    large: dict[str, list[str]] = {}
    for task in tasks:
        if len(task.values) >= 100:
            large.setdefault(task.family, []).append(task.name)
    for family in dict.fromkeys(t.family for t in tasks):
        seen = [names for other, names in large.items() if other != family]
        unseen = [t.name for t in tasks if t.family == family]
        chosen = max(
            makers, key=lambda n: _merit([_mean(scores[n][t] for t in names) for names in seen])
        )
        mean = _mean(scores[chosen][t] for t in unseen)
        cells = (f"{mean.saved:.1f}", f"{mean.lost:.1f}", f"{mean.regret:.2f}")
        table.add_row(family, chosen, *cells)
    console.print(table)


def _merit(scores: Sequence[Score]) -> tuple[bool, float]:
    """Rank settings: those within the bars before the others, then by what they save."""
    mean = _mean(scores)
    within = mean.lost <= 3.0 and mean.regret <= 0.5
    return within, mean.saved if within else -mean.lost


def report_two(
    tasks: Sequence[Curves], makers: Mapping[str, Maker], repeats: int, console: Console
) -> None:
    """Print what each rule does where the cost is a second objective."""
    table = Table("setting", "task", "saved", "front stopped", "hypervolume lost")
    for name, make in makers.items():
        found = {t.name: score_two(t, make, repeats) for t in tasks if t.cost is not None}
        rows = [(s.saved, s.front, s.hypervolume) for s in found.values()]
        found["mean"] = FrontScore(*np.mean(rows, axis=0).tolist())
        for task, s in found.items():
            table.add_row(name, task, f"{s.saved:.1f}", f"{s.front:.1f}", f"{s.hypervolume:.2f}")
    console.print(table)


def main() -> None:
    """Replay all experiments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with lcbench/, deepbo/, taskset/, curves/")
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--quick", action="store_true", help="a few settings only")
    parser.add_argument("--lcbench", type=int, nargs="*", default=[3945, 7593, 34539, 126025])
    parser.add_argument("--best", action="store_true", help="a trial ends with its best value")
    parser.add_argument("--families", action="store_true", help="leave one family out at a time")
    parser.add_argument("--two", action="store_true", help="the cost as a second objective")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # a line for each NaN
    tasks = list(load_curves(arguments.folder, arguments.lcbench))
    console = Console(width=120)
    if arguments.families:
        report_families(tasks, arguments.repeats, console)
    elif arguments.two:
        report_two(tasks, settings(arguments.quick), arguments.repeats, console)
    else:
        report_one(tasks, arguments, console)


def report_one(tasks: Sequence[Curves], arguments: argparse.Namespace, console: Console) -> None:
    """Print what each rule saves and loses with one objective."""
    scores: dict[str, dict[str, Score]] = {}
    for name, make in settings(arguments.quick).items():
        scores[name] = {
            c.name: score(c, make, arguments.repeats, last=not arguments.best) for c in tasks
        }
        print(name, _mean(scores[name].values()), flush=True)
    report(scores, console)
    report_tasks(scores["ours (default)"], console)
    for theirs, our in undominated(scores).items():
        console.print(f"{theirs}: {'better is ' + our if our else 'NO setting of ours is better'}")
    if arguments.json:
        plain: Any = {n: {t: vars(s) for t, s in v.items()} for n, v in scores.items()}
        arguments.json.write_text(json.dumps(plain, indent=1) + "\n")


if __name__ == "__main__":
    main()
