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
        bool, typer.Option("--raw", help="Print the file as it is, one JSON object per line.")
    ] = False,
) -> None:
    """Show the tuner's journal: suggestions with reasons, results, fallbacks, rejected values."""
    from nni_hpo_ext.render.text import printable
    from nni_hpo_ext.study import find_experiment, journal_file, show_journal

    directory = find_experiment(experiment)
    if raw:
        for line in journal_file(directory).open(encoding="utf-8", errors="replace"):
            typer.echo(printable(line), nl=False)
    else:
        show_journal(directory, console())
