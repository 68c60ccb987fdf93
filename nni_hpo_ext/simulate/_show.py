"""Print the results of a simulation at 80 columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from nni_hpo_ext.render import text
from nni_hpo_ext.simulate._summary import Summary, summarise
from nni_hpo_ext.trace import Header, Run

__all__ = ["show_runs", "show_task"]

# With more optimisations than this, only the summary is printed.
_MAX_ROWS = 20


def describe(runs: Sequence[Run]) -> str:
    """Return a one-line description of the optimisations."""
    header, repeats = runs[0].header, len({run.header.repeat for run in runs})
    times = "1 optimisation" if repeats == 1 else f"{repeats} optimisations"
    seeds = f"seed {header.seed}"
    if repeats > 1:
        seeds = f"seeds {header.seed} to {header.seed + repeats - 1}"
    workers = "1 worker" if header.workers == 1 else f"{header.workers} workers"
    return f"{header.benchmark}: {times}, {_limits(header)}; {workers}" + (
        f"{' (synchronous)' if header.sync else ''}, {seeds}"
    )


def _limits(header: Header) -> str:
    limits = []
    if header.stop_at_goal and header.goal is not None:
        limits.append(text.number(header.goal))
    if header.max_seconds is not None:
        limits.append(text.compact_time(header.max_seconds))
    if header.max_trials is not None:
        limits.append(f"{header.max_trials} trials")
    return "until " + " or ".join(limits)


def show_task(runs: Sequence[Run], console: Console) -> None:
    """Print what was run, and which tuners know the configurations of a table, if any do."""
    console.print(describe(runs), soft_wrap=True)
    counts = {run.header.tuner: run.header.arguments.get("candidates") for run in runs}
    informed = {tuner: count for tuner, count in counts.items() if count is not None}
    if informed:
        who = "all tuners" if len(informed) == len(counts) else ", ".join(informed)
        n = next(iter(informed.values()))
        console.print(f"Only {n:,} configurations can be trained; known to {who}.")


def show_runs(runs: Sequence[Run], console: Console) -> None:
    """Print the results of one tuner."""
    summary, header = summarise(runs), runs[0].header
    show_task(runs, console)
    if 1 < len(runs) <= _MAX_ROWS:
        console.print(_repeats(runs, summary))
    console.print(_overview(summary, header))


def _repeats(runs: Sequence[Run], summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False)
    titles = ("Repeat", "Trials", "Stopped", "Best", "Regret", "Time to goal", "Ended by", "Time")
    for name in titles:
        table.add_column(name, justify="left" if name == "Ended by" else "right")
    for run, score in zip(runs, summary.scores, strict=True):
        goal = "" if math.isnan(score.goal_time) else text.compact_time(score.goal_time)
        table.add_row(
            *(str(run.header.repeat), str(score.trials), str(score.stopped)),
            *(text.value(score.best), text.value(score.regret), goal),
            *(run.ending, text.compact_time(score.seconds)),
        )
    return table


def _overview(summary: Summary, header: Header) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in _lines(summary, header):
        table.add_row(name, value)
    return table


def _lines(summary: Summary, header: Header) -> list[tuple[str, str]]:
    n = len(summary.scores)
    lines = [("Tuner", summary.tuner)]
    if header.assessor is not None:
        lines.append(("Early stopping", header.assessor))
    if summary.success is not None and summary.mean_time and summary.median_time:
        goal = f"goal {text.number(header.goal)} reached by {summary.reached} of {n}"
        lines += [
            ("Success", f"{text.share(summary.success)}; {goal}"),
            ("Mean time to goal", text.time_estimate(summary.mean_time)),
            ("Median time to goal", text.time_estimate(summary.median_time)),
        ]
    lines += [
        ("Regret", text.estimate(summary.regret)),
        ("Normalised regret", f"{text.estimate(summary.normalised)}; 0 = optimum, 1 = typical"),
        ("Trials", _trials(summary)),
        *((_title(name), text.estimate(e)) for name, e in summary.test_values.items()),
    ]
    if n > 1:
        lines.append(("In brackets", "95 % intervals over the optimisations"))
    return lines


def _title(name: str) -> str:
    return (name[:1].upper() + name[1:]).replace("_", " ")


def _trials(summary: Summary) -> str:
    total = sum(s.trials for s in summary.scores)
    parts = [
        f"{count} {name}"
        for name, count in (
            ("stopped early", sum(s.stopped for s in summary.scores)),
            ("failed", sum(s.failed for s in summary.scores)),
            ("running at the end", sum(s.unfinished for s in summary.scores)),
        )
        if count
    ]
    return f"{total}" + (f" ({', '.join(parts)})" if parts else "")
