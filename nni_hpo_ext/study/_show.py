"""Print the result of an experiment, readable at 80 columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.render.text import last_line, number, parameters, printable
from nni_hpo_ext.study._records import End, TrialRecord
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.study._text import counts, scores

__all__ = ["show_result"]

_MAX_REASONS = 5


def show_result(result: Study, console: Console) -> None:
    """Print the result of an experiment: its trials, the best one, and what went wrong.

    Examples
    --------
    >>> from pathlib import Path
    >>> from rich.console import Console
    >>> from nni_hpo_ext.simulate import Options, Protocol, simulate
    >>> from nni_hpo_ext.study import show_result, study_of_run
    >>> (run,) = simulate(Options("branin", protocol=Protocol(max_trials=5)))
    >>> study = study_of_run(run, Path("branin.jsonl"))
    >>> show_result(study, Console(width=80))
    Trials: 5 (5 succeeded)
    Best by default (minimize): trial 4
      default=9.459
      x1=8.246 x2=3.429
    Files: branin.jsonl
    """
    console.print(f"Trials: {len(result.trials)} ({counts(result.trials) or 'none started'})")
    _show_reasons(result, console)
    _show_best(result, console)
    if len(result.objectives) > 1 and result.front:
        _show_front(result, console)
    _show_savings(result, console)
    _show_journal(result, console)
    console.print(f"Files: {result.place}", soft_wrap=True)


def _show_reasons(result: Study, console: Console) -> None:
    for end in (End.FAILED, End.STOPPED, End.CANCELED, End.INTERRUPTED):
        reasons = Counter(t.reason for t in result.of(end))
        first = {t.reason: t.number for t in reversed(result.of(end))}
        for reason, n in reasons.most_common(_MAX_REASONS):
            times = f"trial {first[reason]}" if n == 1 else f"{n} trials, first {first[reason]},"
            _indented(f"{times} {end.value}: {reason}", console)
        if len(reasons) > _MAX_REASONS:
            _indented(f"... and {len(reasons) - _MAX_REASONS} more reasons", console)


def _show_best(result: Study, console: Console) -> None:
    trial, goal = result.best, result.objectives[0]
    if trial is None:
        console.print("Best: none, no trial succeeded")
        return
    console.print(f"Best by {goal.name} ({goal.direction}): trial {trial.number}")
    _indented(scores(trial, result.objectives), console)
    _indented(parameters(trial.params or {}), console)


def _show_front(result: Study, console: Console) -> None:
    goals = result.objectives
    varying = _varying(result.front)
    size = len(result.front)
    title = f"Pareto front: {size} trial{'s' * (size > 1)}"
    table = Table(title=Text(title), title_justify="left")
    table.add_column("trial", justify="right")
    for goal in goals:
        table.add_column(Text(f"{goal.name}\n{goal.direction}"), justify="right")
    table.add_column("parameters", overflow="fold", ratio=1)
    for trial in result.front:
        values = [number(trial.values[g.name]) for g in goals]
        table.add_row(
            str(trial.number),
            *map(Text, values),
            Text(printable(parameters(trial.params or {}, varying))),
        )
    console.print(table)
    same = [n for n in result.front[0].params or {} if n not in varying]
    if same and len(result.front) > 1:
        _indented(f"the same in all: {parameters(result.front[0].params or {}, same)}", console)


def _varying(trials: Sequence[TrialRecord]) -> list[str]:
    """Return the parameters that differ among the trials; all of them for a single trial."""
    names = dict.fromkeys(n for t in trials for n in t.params or {})
    if len(trials) == 1:
        return list(names)
    return [n for n in names if len({repr((t.params or {}).get(n)) for t in trials}) > 1]


def _show_savings(result: Study, console: Console) -> None:
    savings = result.savings
    if savings is not None:
        console.print(
            f"Early stopping saved {savings.steps} epochs (intermediate reports) in "
            f"{savings.stopped} stopped trial{'s' * (savings.stopped > 1)}, counted against the "
            f"{savings.full} of the longest completed trial"
        )


def _show_journal(result: Study, console: Console) -> None:
    journal = result.journal
    if journal.fallbacks:
        console.print(
            f"Fallback: {journal.substitutes} of {len(journal.suggestions)} suggestions came from "
            "another component, since the one to ask had failed; last: "
            f"{last_line(journal.fallbacks[-1])}"
        )
    if journal.rejected:
        console.print(
            f"Results the tuner could not use: {len(journal.rejected)}; last: "
            f"{last_line(journal.rejected[-1])}"
        )


def _indented(text: str, console: Console) -> None:
    for line in Text(printable(text)).wrap(console, console.width - 2):
        console.print(f"  {line.plain.rstrip()}")
