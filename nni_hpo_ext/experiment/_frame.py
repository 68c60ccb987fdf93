"""Render the live view of an experiment, within 80 columns."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.experiment._observer import Look
from nni_hpo_ext.experiment._progress import done, time_left
from nni_hpo_ext.render.sparkline import scale_from, sparkline
from nni_hpo_ext.render.text import count, duration, number, parameters, printable
from nni_hpo_ext.study import (
    STYLES,
    End,
    Study,
    TrialRecord,
    coloured,
    in_order_of_end,
    progress,
    reached,
    scores,
)

__all__ = ["frame"]

_BARS = 50
_MAX_RUNNING = 8
_MAX_ENDED = 5
_CURVE = 20  # characters of a trial's curve


def frame(look: Look) -> RenderableType:
    """Return the state of an experiment as a rich renderable.

    Examples
    --------
    >>> from rich.console import Console
    >>> look = Observer("http://localhost:8080").look()  # doctest: +SKIP
    >>> Console().print(frame(look))  # doctest: +SKIP
    """
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, content in _rows(look):
        table.add_row(name, Text(printable(content)) if isinstance(content, str) else content)
    return Group(_title(look), table)


def _title(look: Look) -> Text:
    study, state = look.study, look.status or "not running"
    text = f"{study.name} ({study.id}): {state}, {duration(look.elapsed)}"
    left = None if look.end else time_left(study.config, study.trials, look.elapsed)
    text = printable(text)
    return Text(text if left is None else f"{text}, about {duration(left)} left")


def _rows(look: Look) -> Iterator[tuple[str, RenderableType]]:
    study = look.study
    goals = ", ".join(f"{g.name} ({g.direction})" for g in study.objectives)
    algorithms = [_algorithm(study.config.get(kind)) for kind in ("tuner", "assessor")]
    yield "By", f"{', '.join(filter(None, algorithms)) or 'no tuner'}; {goals}"
    yield "Trials", coloured(done(study.config, study.trials))
    if study.best is not None:
        best = f"trial {study.best.number}: {scores(study.best, study.objectives)}"
        yield "Best", Text(printable(best), style="bold green")
        yield "", parameters(study.best.params or {})
        yield "So far", _curve(look)
    failed = study.of(End.FAILED)
    if failed:
        reason = f"trial {failed[-1].number}: {failed[-1].reason}"
        yield "Failed", Text(printable(reason), style=STYLES[End.FAILED])
    ended = in_order_of_end(study)[-_MAX_ENDED:]
    if ended and not look.end:
        yield "Lately", _ended(study, ended)
    running = study.of(End.RUNNING)
    if running:
        yield "Running", _running(running)
    yield from _journal_rows(look)


def _algorithm(config: Any) -> str:
    """Return the name of an algorithm in a config, empty without one."""
    if not isinstance(config, Mapping):
        return ""
    return str(config.get("name") or config.get("className") or "")


def _curve(look: Look) -> str:
    """Draw the best value of the first objective after each finished trial."""
    goal = look.study.objectives[0]
    steps = progress(look.study, goal)
    n = min(_BARS, len(steps))
    values = [steps[(i + 1) * len(steps) // n - 1].best for i in range(n)]
    known = [value for value in values if value == value]
    low, high = sorted((scale_from(known), known[-1]))
    return f"{number(known[0])} {sparkline(values, low, high)} {number(known[-1])}"


def _ended(study: Study, trials: Sequence[TrialRecord]) -> Table:
    """Return the trials that ended last, the latest one first."""
    table = _table("trial", "epochs", "value", "took")
    for trial in reversed(trials):
        value = reached(trial, study.objectives[0])
        _add(table, trial, value, trial.seconds, Text(trial.end.value, STYLES.get(trial.end, "")))
    return table


def _running(trials: Sequence[TrialRecord]) -> Table:
    table = _table("trial", "epoch", "last value", "for")
    for trial in trials[-_MAX_RUNNING:]:
        last = trial.reports[-1].value if trial.reports else math.nan
        since = None if trial.started is None else time.time() - trial.started
        _add(table, trial, last, since)
    if len(trials) > _MAX_RUNNING:
        table.add_row("...", "", f"{len(trials) - _MAX_RUNNING} more")
    return table


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("curve", no_wrap=True)
    table.add_column("", no_wrap=True)
    return table


def _add(
    table: Table,
    trial: TrialRecord,
    value: float,
    seconds: float | None,
    end: Text | str = "",
) -> None:
    table.add_row(
        str(trial.number),
        str(len(trial.reports)),
        "" if math.isnan(value) else number(value),
        "" if seconds is None else duration(seconds),
        _trial_curve(trial),
        end,
    )


def _trial_curve(trial: TrialRecord) -> str:
    """Draw the last reports of a trial, on a scale of its own."""
    values = [report.value for report in trial.reports][-_CURVE:]
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    plain = [value if math.isfinite(value) else math.nan for value in values]
    return sparkline(plain, min(finite), max(finite))


def _journal_rows(look: Look) -> Iterator[tuple[str, str]]:
    """Yield the rows from the tuner's journal and the end."""
    journal = look.study.journal
    if journal.arms:
        yield "Arms", ", ".join(f"{arm} {n}" for arm, n in journal.arms.items())
    if journal.fallbacks:
        last = journal.fallbacks[-1].strip().splitlines()
        yield (
            "Faults",
            f"{count(journal.substitutes, 'suggestion')} came from a fallback arm; last: "
            + (last[-1] if last else "no reason given"),
        )
    if look.end:
        yield "Ended", look.end
