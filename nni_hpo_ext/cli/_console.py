"""Consoles and arguments shared by several commands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Annotated, cast

import typer
from rich.console import Console

__all__ = ["ConfigFile", "Experiment", "console"]

# Wider than any table: the reader of a pipe wraps lines itself, or wants none wrapped.
_PIPE_WIDTH = 1000

ConfigFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, metavar="CONFIG", help="NNI config (YAML).")
]

Experiment = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        help="Id or directory of an experiment, latest, address of its WebUI, URL of a study, or a "
        "trace (.jsonl).",
    ),
]


class _Trimmed:
    """A text stream that removes trailing spaces, with which rich pads its tables."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._line = ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        self._stream.writelines(f"{line.rstrip(' ')}\n" for line in lines)
        return len(text)

    def flush(self) -> None:
        self._stream.write(self._line)
        self._line = ""
        self._stream.flush()

    def isatty(self) -> bool:
        return False


def console(*, stderr: bool = False) -> Console:
    """Return a console for data, without markup and highlighting.

    In a pipe or a file, lines are neither wrapped nor padded.
    """
    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Console(stderr=stderr, markup=False, highlight=False)
    trimmed = cast("IO[str]", _Trimmed(stream))
    return Console(file=trimmed, markup=False, highlight=False, width=_PIPE_WIDTH)
