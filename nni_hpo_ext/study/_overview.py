"""Summarise the experiments on this machine, one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.render.text import duration, printable
from nni_hpo_ext.study._join import join
from nni_hpo_ext.study._manager import managed_experiments
from nni_hpo_ext.study._served import is_served, read_served
from nni_hpo_ext.study._store import ExperimentStore
from nni_hpo_ext.study._study import Study, best
from nni_hpo_ext.study._text import scores

__all__ = ["Overview", "overviews", "show_experiments"]


@dataclass(frozen=True, slots=True)
class Overview:
    """Summary of an experiment.

    Attributes
    ----------
    id, name
        NNI's identifier, and the config's ``experimentName``.
    state
        ``running``, ``done``, or ``interrupted`` if the manager stopped before the end.
    trials
        Number of trials.
    best
        Objective values of the best trial as text; empty if no trial succeeded.
    started
        Start in seconds since the epoch, None if it never started.
    seconds
        Time from the start to the last event.
    """

    id: str
    name: str
    state: str
    trials: int
    best: str
    started: float | None
    seconds: float


def overviews(directories: Iterable[Path]) -> Iterator[Overview]:
    """Summarise experiments, leaving out those that cannot be read.

    Examples
    --------
    >>> from nni_hpo_ext.study import known_experiments, overviews
    >>> [(o.id, o.state, o.trials) for o in overviews(known_experiments())]  # doctest: +SKIP
    [('k3xqzc9a', 'running', 12), ('x0v5dhbn', 'done', 100)]
    """
    managed = managed_experiments()
    for directory in directories:
        try:
            yield _read(directory, directory.name in managed)
        except HpoExtError:
            continue


def _read(directory: Path, running: bool) -> Overview:
    if is_served(str(directory)):
        return _overview(read_served(str(directory)))
    store = ExperimentStore(directory)
    joined = join(store, curves=False)
    started, ended = store.times()
    top = best(joined.trials, joined.objectives)
    times = [t.ended or t.started or 0.0 for t in joined.trials]
    last = max([ended or 0.0, *times])
    return Overview(
        id=directory.name,
        name=str(store.config().get("experimentName") or ""),
        state="running" if running else "done" if ended else "interrupted",
        trials=len(joined.trials),
        best="" if top is None else scores(top, joined.objectives),
        started=started,
        seconds=max(last - (started or last), 0.0),
    )


def _overview(study: Study) -> Overview:
    return Overview(
        id=study.id,
        name=study.name,
        state="interrupted" if study.ended is None else "done",
        trials=len(study.trials),
        best="" if study.best is None else scores(study.best, study.objectives),
        started=study.began,
        seconds=study.seconds,
    )


def show_experiments(found: Iterable[Overview], console: Console) -> None:
    """Print a table of experiments.

    Examples
    --------
    >>> from rich.console import Console
    >>> from nni_hpo_ext.study import Overview, show_experiments
    >>> one = Overview("k3xqzc9a", "mnist", "done", 100, "default=0.98", None, 3600.0)
    >>> show_experiments([one], Console(width=80))  # doctest: +NORMALIZE_WHITESPACE
    id         name    state   trials   best           started   time
    ──────────────────────────────────────────────────────────────────────
    k3xqzc9a   mnist   done       100   default=0.98   -         1 h 0 min
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("id", "name", "state", "trials", "best", "started", "time"):
        table.add_column(name, justify="right" if name == "trials" else "left", overflow="fold")
    for one in found:
        began = one.started and datetime.fromtimestamp(one.started)
        cells = (one.id, one.name, one.state, str(one.trials), one.best)
        times = (f"{began:%Y-%m-%d %H:%M}" if began else "-", duration(one.seconds))
        table.add_row(*(Text(printable(cell)) for cell in (*cells, *times)))
    console.print(table if table.row_count else "No experiments found in ~/nni-experiments.")
