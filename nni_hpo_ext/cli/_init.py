"""The command `nni-hpo init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["init"]


def init(
    script: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, metavar="SCRIPT", help="Training script."),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", file_okay=False, help="Where to write the files.")
    ] = Path("."),
    most: Annotated[
        int, typer.Option(min=1, metavar="N", help="Largest number of parameters to search.")
    ] = 20,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Search this option in spite of its name; repeatable."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Leave this option out; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Write a search space and a config for a training script.

    Reads the options of the script (argparse, dataclasses, click, typer, or constants) without
    running it, and says what to add to it. Edit the ranges before you start.
    """
    from nni_hpo_ext.script import init_experiment, init_lines

    made = init_experiment(
        script, out, most=most, include=include or (), exclude=exclude or (), force=force
    )
    typer.echo("\n".join(init_lines(made)))
