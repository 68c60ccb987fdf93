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
            help="Id or directory of an experiment, URL of the WebUI of a running one, or a trace "
            "of nni-hpo simulate --out, or URL of a study of nni-hpo serve.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Default: report-ID.html, .md, ..."),
    ] = None,
    format: Annotated[
        Literal["html", "md", "json", "csv"] | None,
        typer.Option(help="Default: the suffix of --out, else html."),
    ] = None,
    tuner: Annotated[
        str | None, typer.Option(metavar="NAME", help="Tuner, if a trace has several.")
    ] = None,
    repeat: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Repeat, if a trace has several.")
    ] = None,
) -> None:
    """Report on an experiment: results, parameter importance and a search space to try next.

    The HTML page is self-contained. md is for papers; json has all numbers, csv a line per trial.
    """
    from nni_hpo_ext.files import file_name
    from nni_hpo_ext.report import write_report
    from nni_hpo_ext.study import load_study

    chosen = format or _by_suffix(out)
    study = load_study(experiment, tuner, repeat)
    path = out or Path(f"report-{file_name(study.id)}.{chosen}")
    write_report(study, path, chosen)
    if study.best is None:
        typer.echo(f"{experiment}: no trial has a usable result yet", err=True)
    typer.echo(f"Report: {path}")


def _by_suffix(out: Path | None) -> Literal["html", "md", "json", "csv"]:
    formats: dict[str, Literal["html", "md", "json", "csv"]] = {
        ".md": "md",
        ".json": "json",
        ".csv": "csv",
    }
    return formats.get(out.suffix.lower() if out else "", "html")
