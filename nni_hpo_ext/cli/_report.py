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
    follow: Annotated[
        bool, typer.Option("--follow", help="Serve the page, and update it while trials run.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Port of --follow; 0 is a free one.")
    ] = 0,
) -> None:
    """Report on an experiment: results, parameter importance and a search space to try next.

    The HTML page is self-contained. md is for papers; json has all numbers, csv a line per trial.
    """
    from nni_hpo_ext.files import file_name
    from nni_hpo_ext.report import write_report
    from nni_hpo_ext.study import load_study

    if follow:
        _follow(experiment, tuner, repeat, port)
        return
    chosen = format or _by_suffix(out)
    study = load_study(experiment, tuner, repeat)
    path = out or Path(f"report-{file_name(study.id)}.{chosen}")
    write_report(study, path, chosen)
    if study.best is None:
        typer.echo(f"{experiment}: no trial has a usable result yet", err=True)
    typer.echo(f"Report: {path}")


def _follow(experiment: str, tuner: str | None, repeat: int | None, port: int) -> None:
    from nni_hpo_ext.errors import ExperimentError
    from nni_hpo_ext.report import LiveReport
    from nni_hpo_ext.study import load_study

    load_study(experiment, tuner, repeat)  # fail here, not in the browser
    try:
        live = LiveReport(lambda: load_study(experiment, tuner, repeat), port)
    except OSError as error:
        raise ExperimentError(f"--port {port}: {error.strerror}; choose another one") from error
    typer.echo(f"Report: {live.url} (Ctrl-C ends it)")
    try:
        live.serve()
    except KeyboardInterrupt:
        typer.echo("")


def _by_suffix(out: Path | None) -> Literal["html", "md", "json", "csv"]:
    formats: dict[str, Literal["html", "md", "json", "csv"]] = {
        ".md": "md",
        ".json": "json",
        ".csv": "csv",
    }
    return formats.get(out.suffix.lower() if out else "", "html")
