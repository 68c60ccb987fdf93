"""The command `nni-hpo worker`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["worker"]


def worker(
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of the service.")],
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Name of the study.")],
    command: Annotated[
        list[str],
        typer.Argument(metavar="-- COMMAND...", help="The trial, for example python t.py"),
    ],
    token_file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="File with the token; default: the variable NNI_HPO_TOKEN.",
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="End after N trials.")
    ] = None,
    max_failures: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="End after N trials in a row that fail with the same error; 0 for no limit.",
        ),
    ] = 3,
    patience: Annotated[
        float,
        typer.Option(min=0.0, metavar="SECONDS", help="Wait so long for a service that is away."),
    ] = 600.0,
) -> None:
    """Run trials of a study of nni-hpo serve, with a trial script written for NNI.

    Start as many workers as you like, on any machine that reaches the service. Ctrl-C gives the
    running trial back.
    """
    from nni_hpo_ext.client import StudyClient
    from nni_hpo_ext.render.text import count
    from nni_hpo_ext.worker import work

    token = None if token_file is None else token_file.read_text(encoding="utf-8").strip()
    client = StudyClient(url, study, token, patience)
    try:
        trials_run = work(client, command, typer.echo, most=trials, max_failures=max_failures)
    except KeyboardInterrupt:
        typer.echo("interrupted: the running trial is given back", err=True)
        raise typer.Exit(130) from None
    typer.echo(count(trials_run, "trial"))
