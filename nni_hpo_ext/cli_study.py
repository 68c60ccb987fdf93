"""The commands of `nni-hpo` for what runs or has run: watch, export, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["export", "watch"]

Source = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        help="Id or directory of an experiment, address of its WebUI, or a trace (.jsonl).",
    ),
]


def export(
    experiment: Source,
    csv: Annotated[
        bool, typer.Option("--csv/--json", help="A table, or all of it as JSON.")
    ] = True,
    curves: Annotated[
        bool,
        typer.Option("--curves", help="Table of the intermediate results instead, a row each."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write a file.")
    ] = None,
) -> None:
    """Write all trials with all parameters and metrics, rightly joined.

    One row per trial: param.NAME, metric.NAME, status, times, arm, number of epochs, best
    intermediate result.
    """
    from nni_hpo_ext.errors import ConfigError
    from nni_hpo_ext.experiment import (
        curve_rows,
        json_text,
        to_csv,
        to_json,
        trial_rows,
        write_text,
    )
    from nni_hpo_ext.study import load_studies

    if curves and not csv:
        raise ConfigError("--curves is a table: leave --json out, which holds the curves anyway")
    studies = load_studies(experiment)
    if csv:
        rows = curve_rows if curves else trial_rows
        text = to_csv([row for study in studies for row in rows(study)])
    else:
        found = [to_json(study) for study in studies]
        text = json_text(found[0] if len(found) == 1 else found)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(out, text)
    typer.echo(f"{out}: {sum(len(study.trials) for study in studies)} trials")


def watch(
    experiment: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT",
            help="Id or directory of an experiment, or address of its WebUI.",
        ),
    ],
    once: Annotated[bool, typer.Option("--once", help="Show it once.")] = False,
    poll: Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")] = 2.0,
) -> None:
    """Show how an experiment goes: best so far, running trials, arms, time left.

    It ends with the experiment. Ctrl-C ends the view and leaves the experiment running.
    """
    from rich.console import Console

    from nni_hpo_ext.watch import watch as follow

    # What is printed is data: "[x]" in it is no markup, and numbers need no colours.
    follow(experiment, Console(markup=False, highlight=False), once=once, poll=poll)
