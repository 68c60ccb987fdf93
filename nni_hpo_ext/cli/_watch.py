"""The command `nni-hpo watch`."""

from __future__ import annotations

from typing import Annotated

import typer

from nni_hpo_ext.cli._console import console

__all__ = ["watch"]


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
    from nni_hpo_ext.experiment import watch as follow

    follow(experiment, console(), once=once, poll=poll)
