"""The command `nni-hpo journal`."""

from __future__ import annotations

from typing import Annotated

import typer

from nni_hpo_ext.cli._console import console

__all__ = ["journal"]


def journal(
    experiment: Annotated[
        str, typer.Argument(metavar="EXPERIMENT", help="Id or directory of an experiment.")
    ],
    raw: Annotated[
        bool, typer.Option("--raw", help="Print the lines of the file, one JSON object each.")
    ] = False,
) -> None:
    """Say what a tuner did: each suggestion and why, each result, fallback and rejected value."""
    from nni_hpo_ext.render.text import printable
    from nni_hpo_ext.study import find_experiment, journal_file, show_journal

    directory = find_experiment(experiment)
    if raw:
        for line in journal_file(directory).open(encoding="utf-8", errors="replace"):
            typer.echo(printable(line), nl=False)
    else:
        show_journal(directory, console())
