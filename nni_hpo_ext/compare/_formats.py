"""Show a comparison on a terminal, and export it as JSON and CSV."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.compare._curves import mean_best
from nni_hpo_ext.compare._results import Comparison
from nni_hpo_ext.compare._words import cells, columns, notes, reading, title, verdict
from nni_hpo_ext.files import finite, json_text
from nni_hpo_ext.render import text
from nni_hpo_ext.render.sparkline import sparkline
from nni_hpo_ext.render.statistics import Estimate
from nni_hpo_ext.study import to_csv

__all__ = ["as_csv", "as_json", "show"]

_BARS = 46
# Minimum widths of columns that should not be folded first.
_LEAST = {"Tuner": 13, "Against best": 13}


def show(comparisons: Sequence[Comparison], console: Console) -> None:
    """Print comparisons.

    Parameters
    ----------
    comparisons
        One per task.
    console
        Where to print, at least 80 columns wide.

    Examples
    --------
    >>> from pathlib import Path
    >>> from rich.console import Console
    >>> from nni_hpo_ext.compare import compare, show, tasks
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> options = Options("branin", protocol=Protocol(repeats=2, max_trials=5))
    >>> studies = [study_of_run(run, Path("branin.jsonl")) for run in simulate(options)]
    >>> comparisons = [compare(task) for task in tasks(studies)]
    >>> show(comparisons, Console())  # doctest: +ELLIPSIS
    branin: default (minimize)
    ...
    """
    for comparison in comparisons:
        console.print(title(comparison), soft_wrap=True)
        table = Table(box=None, pad_edge=False)
        for column in columns(comparison):
            table.add_column(Text(column), overflow="fold", min_width=_LEAST.get(column))
        for standing in comparison.standings:
            # Intervals go on a line of their own, below the estimate.
            table.add_row(*(Text(cell.replace(" (", "\n(")) for cell in cells(standing)))
        console.print(table)
        for note in (*notes(comparison), reading(comparison)):
            console.print(note)
        _draw(comparison, console)
        console.print()


def _draw(comparison: Comparison, console: Console) -> None:
    """Draw the mean best value so far of each tuner, on shared scales."""
    curves = mean_best(comparison, _BARS)
    values = [v for curve in curves for v in curve.means.tolist() if math.isfinite(v)]
    if not values:
        return
    low, high = min(values), max(values)
    last = text.compact_time(float(curves[0].times[-1]))
    console.print(
        f"Mean of the best value so far from 0 to {last}, "
        f"{text.number(low)} to {text.number(high)}:"
    )
    width = max(len(curve.label) for curve in curves)
    for curve in curves:
        line = f"{curve.label:{width}} {sparkline(curve.means.tolist(), low, high)}"
        console.print(Text(line, no_wrap=True, overflow="ellipsis"))


def as_csv(comparisons: Sequence[Comparison]) -> str:
    """Return comparisons as CSV, one row per task and tuner.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.compare import as_csv, compare, tasks
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> options = Options("branin", protocol=Protocol(repeats=2, max_trials=5))
    >>> studies = [study_of_run(run, Path("branin.jsonl")) for run in simulate(options)]
    >>> comparisons = [compare(task) for task in tasks(studies)]
    >>> as_csv(comparisons).splitlines()[0].split(",")[:4]
    ['model', 'tuner', 'runs', 'best']
    """
    return to_csv([row for comparison in comparisons for row in _rows(comparison)])


def as_json(comparisons: Sequence[Comparison]) -> str:
    """Return comparisons as JSON, with verdicts and the improvements of each run.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.compare import as_json, compare, tasks
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import study_of_run
    >>> options = Options("branin", protocol=Protocol(repeats=2, max_trials=5))
    >>> studies = [study_of_run(run, Path("branin.jsonl")) for run in simulate(options)]
    >>> comparisons = [compare(task) for task in tasks(studies)]
    >>> as_json(comparisons).split()[:4]
    ['[', '{', '"model":', '"branin",']
    """
    return json_text(
        [
            {
                "model": comparison.task.model,
                "objective": comparison.task.goal.name,
                "direction": comparison.task.goal.direction,
                "verdict": verdict(comparison),
                "common_value": finite(comparison.common),
                "tuners": [
                    {**{k: finite(v) for k, v in row.items()}, "runs": _runs(comparison, i)}
                    for i, row in enumerate(_rows(comparison))
                ],
            }
            for comparison in comparisons
        ]
    )


def _rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for standing in comparison.standings:
        yield {
            "model": comparison.task.model,
            "tuner": standing.group.tuner,
            "runs": len(standing.results),
            **_spread("best", standing.best),
            **_spread("seconds_to_best", standing.seconds_to_best),
            **_spread("seconds_to_common", standing.seconds_to_common),
            **({} if standing.volume is None else _spread("hypervolume", standing.volume)),
            "p": standing.p,
            "shown_worse": standing.worse,
        }


def _spread(name: str, estimate: Estimate) -> Mapping[str, float | None]:
    low, high = estimate.interval or (None, None)
    return {name: estimate.value, f"{name}_low": low, f"{name}_high": high}


def _runs(comparison: Comparison, i: int) -> list[dict[str, Any]]:
    return [
        {
            "experiment": result.study.id,
            "place": result.study.place,
            "trials": len(result.study.trials),
            "seconds": result.study.seconds,
            "best": finite(result.best),
            "steps": [list(step) for step in result.steps],
        }
        for result in comparison.standings[i].results
    ]
