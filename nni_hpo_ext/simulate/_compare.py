"""Compare tuners that ran on the same seeds, in a table and a drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.render import text
from nni_hpo_ext.render.sparkline import sparkline
from nni_hpo_ext.render.statistics import SIGNIFICANT, against_best, paired_p
from nni_hpo_ext.simulate._curve import mean_curve
from nni_hpo_ext.simulate._show import show_task
from nni_hpo_ext.simulate._summary import Summary, summarise
from nni_hpo_ext.trace import Run

__all__ = ["show_comparison", "verdicts"]

_COLUMNS = 46  # width of the drawing
# Normalised regret below this is drawn as zero.
_FLOOR = 1e-3


def show_comparison(runs: Mapping[str, Sequence[Run]], console: Console) -> None:
    """Print a table of all tuners, and their regret over time.

    Parameters
    ----------
    runs
        The optimisations of each tuner, in the same order of seeds.
    console
        Where to print.
    """
    summaries = [summarise(of_one) for of_one in runs.values()]
    by_time = next(iter(runs.values()))[0].header.stop_at_goal
    show_task([run for of_one in runs.values() for run in of_one], console)
    console.print(_table(summaries, verdicts(summaries, by_time)))
    what = "time to the goal" if by_time else "normalised regret"
    console.print(
        "Means, with 95 % intervals in brackets. Normalised regret is 0 at the optimum and 1 for a "
        f"typical configuration. Against best: Wilcoxon signed-rank test of the {what}, paired by "
        "seed; p values are corrected by Holm's method."
    )
    _draw(runs, console)


def verdicts(summaries: Sequence[Summary], by_time: bool) -> list[str]:
    """Compare all tuners with the best one, which has the lowest mean regret or mean rank in time.

    Parameters
    ----------
    summaries
        One per tuner, on the same seeds.
    by_time
        Compare times to the goal instead of normalised regrets.
    """
    values = [
        [s.goal_time if by_time else s.normalised for s in summary.scores] for summary in summaries
    ]
    # Times have no mean if a run missed the goal, but they have ranks.
    order = _mean_ranks(values) if by_time else [s.normalised.value for s in summaries]
    best = order.index(min(order))
    ps = against_best(values, best, paired_p)
    return ["best" if p is None else _verdict(p) for p in ps]


def _mean_ranks(values: Sequence[Sequence[float]]) -> list[float]:
    """Return the mean rank of each tuner over the seeds; ``values`` is ``(tuners, seeds)``."""
    from scipy.stats import rankdata

    return [float(rank) for rank in rankdata(values, axis=0).mean(axis=1)]


def _verdict(p: float) -> str:
    return f"worse, p {p:.2g}" if p < SIGNIFICANT else f"not significant, p {p:.2g}"


def _table(summaries: Sequence[Summary], against: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    has_goal = summaries[0].success is not None
    goal_columns = ("Success", "Time to goal") if has_goal else ()
    for name in ("Tuner", *goal_columns, "Norm. regret", "Against best"):
        table.add_column(name, overflow="fold")
    for summary, verdict in zip(summaries, against, strict=True):
        cells = [summary.tuner]
        if summary.success is not None and summary.mean_time is not None:
            cells += [text.share(summary.success), text.time_estimate(summary.mean_time)]
        cells.append(text.estimate(summary.normalised))
        # Intervals go on a line of their own, below the estimate.
        table.add_row(*(cell.replace(" (", "\n(") for cell in cells), verdict)
    return table


def _draw(runs: Mapping[str, Sequence[Run]], console: Console) -> None:
    """Draw the mean regret of each tuner over virtual time, on shared scales."""
    last = max(run.seconds for of_one in runs.values() for run in of_one)
    times = np.linspace(0.0, last, _COLUMNS + 1)[1:]
    curves = [mean_curve(of_one, times) for of_one in runs.values()]
    finite = np.concatenate([c.means[np.isfinite(c.means)] for c in curves])
    if not len(finite):
        return
    low, high = max(_FLOOR, float(finite.min())), max(_FLOOR, float(finite.max()))
    console.print(
        f"Mean normalised regret from 0 to {text.compact_time(last)}, "
        f"{high:.2g} to {low:.2g}, log scale:"
    )
    width = max(len(label) for label in runs)
    for label, curve in zip(runs, curves, strict=True):
        end = "" if math.isnan(curve.means[-1]) else f" {curve.means[-1]:.3g}"
        logs = np.log(np.maximum(curve.means, low)).tolist()
        line = f"{label:{width}} {sparkline(logs, math.log(low), math.log(high))}{end}"
        console.print(Text(line, no_wrap=True, overflow="ellipsis"))
