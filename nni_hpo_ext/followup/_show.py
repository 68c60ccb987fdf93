"""A table of configurations that were trained again."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table

from nni_hpo_ext.followup._verdict import Retrained, Retraining
from nni_hpo_ext.render import text
from nni_hpo_ext.types import Objective

__all__ = ["retraining_table"]


def retraining_table(found: Retraining) -> Table:
    """Return a table with a row for each configuration: result in the search, and with new seeds.

    Examples
    --------
    >>> retraining_table(Retraining((), ())).row_count
    0
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("trial", "seeds"):
        table.add_column(name, justify="right")
    for goal in found.objectives:
        table.add_column(f"{goal.name} in the search", justify="right")
        table.add_column("new seeds, mean (95 %)")
    for again in found.candidates:
        done = sum(not run.error for run in again.runs)
        cells = [cell for goal in found.objectives for cell in _cells(again, goal)]
        table.add_row(str(again.trial.number), str(done), *cells)
    return table


def _cells(again: Retrained, goal: Objective) -> tuple[str, str]:
    estimate = again.estimate(goal.name)
    interval = estimate.interval
    shown = text.value(estimate.value)
    if interval is not None:
        shown += f" ({text.value(interval[0])} to {text.value(interval[1])})"
    return text.value(again.trial.values.get(goal.name)), shown
