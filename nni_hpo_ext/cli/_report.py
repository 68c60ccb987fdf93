"""The command `nni-hpo report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["report"]


def report(
    experiment: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT",
            help="Id or directory of an experiment, the address of a running one's WebUI "
            "(http://...), or a trace of nni-hpo simulate --out.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Default: report.html, .md, ..."),
    ] = None,
    format: Annotated[
        Literal["html", "md", "json", "csv"] | None,
        typer.Option(help="Default: by the ending of --out, else html."),
    ] = None,
    tuner: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a trace with several tuners.")
    ] = None,
    repeat: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Of a trace with several repeats.")
    ] = None,
) -> None:
    """Say what happened in an experiment, what mattered and what to try next.

    The HTML page needs no network. md is for papers, json has all numbers, csv one line a trial.
    """
    from nni_hpo_ext.report import write_report
    from nni_hpo_ext.study import load_study

    chosen = format or _by_ending(out)
    path = out or Path(f"report.{chosen}")
    study = load_study(experiment, tuner, repeat)
    write_report(study, path, chosen)
    if study.best is None:
        typer.echo(f"{experiment}: no trial has a usable result yet", err=True)
    typer.echo(f"Report: {path}")


def _by_ending(out: Path | None) -> Literal["html", "md", "json", "csv"]:
    endings: dict[str, Literal["html", "md", "json", "csv"]] = {
        ".md": "md",
        ".json": "json",
        ".csv": "csv",
    }
    return endings.get(out.suffix.lower() if out else "", "html")
