"""The commands of `nni-hpo` for what runs or has run: watch, export, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["compare", "export", "watch"]

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


def compare(
    experiments: Annotated[
        list[str],
        typer.Argument(
            metavar="EXPERIMENT...",
            help="Ids or directories of experiments, addresses of WebUIs, traces (.jsonl).",
        ),
    ],
    format: Annotated[
        Literal["text", "md", "json", "csv"], typer.Option(help="How to print it.")
    ] = "text",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Write .html (with figures), .md, .json or .csv.",
        ),
    ] = None,
    as_one: Annotated[
        bool,
        typer.Option("--as-one", help="Compare all, though search spaces or trials differ."),
    ] = False,
) -> None:
    """Compare tuners: best value, time to it, and whether a difference is shown.

    Runs of one tuner with different seeds count as one tuner; models and search spaces are
    compared apart.
    """
    from rich.console import Console

    import nni_hpo_ext.compare as comparing
    from nni_hpo_ext.errors import ConfigError
    from nni_hpo_ext.experiment import write_text
    from nni_hpo_ext.study import load_studies

    formats = {
        "html": comparing.as_html,
        "md": comparing.as_markdown,
        "json": comparing.as_json,
        "csv": comparing.as_csv,
    }
    if out is not None and out.suffix[1:] not in formats:
        raise ConfigError(f"--out {out}: end the name with {', '.join(f'.{f}' for f in formats)}")
    studies = [study for source in experiments for study in load_studies(source)]
    comparisons = [comparing.compare(task) for task in comparing.tasks(studies, as_one=as_one)]
    if out is not None:
        write_text(out, formats[out.suffix[1:]](comparisons))
        typer.echo(f"{out}: {len(studies)} runs")
    elif format == "text":
        # What is printed is data: "[x]" in it is no markup, and numbers need no colours.
        comparing.show(comparisons, Console(markup=False, highlight=False))
    else:
        typer.echo(formats[format](comparisons), nl=False)
