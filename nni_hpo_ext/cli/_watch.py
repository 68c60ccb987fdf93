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
            help="Id or directory of an experiment, address of its WebUI, or URL of a study.",
        ),
    ],
    once: Annotated[bool, typer.Option("--once", help="Show the current state and exit.")] = False,
    poll: Annotated[float, typer.Option(min=0.05, help="Seconds between two updates.")] = 2.0,
) -> None:
    """Show the progress of an experiment: best result, running trials, arms, time left.

    The view ends with the experiment. Ctrl-C ends the view but not the experiment.
    """
    from nni_hpo_ext.experiment import watch as follow

    follow(experiment, console(), once=once, poll=poll)
