"""Print the result of an experiment, readable at 80 columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nni_hpo_ext.render.text import last_line, number, parameters, printable
from nni_hpo_ext.study._records import End, TrialRecord
from nni_hpo_ext.study._study import Study
from nni_hpo_ext.study._text import STYLES, coloured, counts, scores

__all__ = ["show_result"]

_MAX_REASONS = 5
_NUMBER = re.compile(r"\d+(\.\d+)?(e[-+]?\d+)?")


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
    total = f"Trials: {len(result.trials)} ({counts(result.trials) or 'none started'})"
    console.print(coloured(total))
    _show_reasons(result, console)
    _show_best(result, console)
    if len(result.objectives) > 1 and result.front:
        _show_front(result, console)
    _show_savings(result, console)
    _show_journal(result, console)
    console.print(f"Files: {result.place}", soft_wrap=True)


def _show_reasons(result: Study, console: Console) -> None:
    for end in (End.FAILED, End.STOPPED, End.CANCELED, End.INTERRUPTED):
        groups = _by_reason(result.of(end))
        for trials in groups[:_MAX_REASONS]:
            _indented(_reason(trials), console, STYLES[end])
        if len(groups) > _MAX_REASONS:
            _indented(f"... and {len(groups) - _MAX_REASONS} more reasons", console)


def _by_reason(trials: Sequence[TrialRecord]) -> list[list[TrialRecord]]:
    """Group trials whose reasons differ in numbers only, the largest group first."""
    groups: dict[str, list[TrialRecord]] = {}
    for trial in trials:
        groups.setdefault(_NUMBER.sub("#", trial.reason), []).append(trial)
    return sorted(groups.values(), key=len, reverse=True)


def _reason(trials: Sequence[TrialRecord]) -> str:
    """Return the reason of a group of trials; where numbers differ, that of the first one."""
    first, end = trials[0], trials[0].end.value
    if len(trials) == 1:
        return f"trial {first.number} {end}: {first.reason}"
    if all(t.reason == first.reason for t in trials):
        return f"{len(trials)} trials, first {first.number}, {end}: {first.reason}"
    return f"{len(trials)} trials {end}, like trial {first.number}: {first.reason}"


def _show_best(result: Study, console: Console) -> None:
    trial, goal = result.best, result.objectives[0]
    if trial is None:
        console.print(Text("Best: none, no trial succeeded", style="red"))
        return
    best = f"Best by {goal.name} ({goal.direction}): trial {trial.number}"
    console.print(Text(printable(best), style="bold green"))
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


def _indented(text: str, console: Console, style: str = "") -> None:
    for line in Text(printable(text)).wrap(console, console.width - 2):
        console.print(Text(f"  {line.plain.rstrip()}", style=style))
