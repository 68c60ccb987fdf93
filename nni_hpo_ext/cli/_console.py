"""What the commands share: consoles, and arguments that several of them take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

__all__ = ["ConfigFile", "Experiment", "console"]

ConfigFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, metavar="CONFIG", help="NNI config (YAML).")
]

Experiment = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        help="Id or directory of an experiment, address of its WebUI, or a trace (.jsonl).",
    ),
]


def console(*, stderr: bool = False) -> Console:
    """Return a console for data: "[x]" in it is not markup, and numbers need no colours."""
    return Console(stderr=stderr, markup=False, highlight=False)
