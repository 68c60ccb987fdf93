"""The command `nni-hpo list`."""

from __future__ import annotations

from typing import Annotated

import typer

from nni_hpo_ext.cli._console import console

__all__ = ["list_experiments"]


def list_experiments(
    most: Annotated[
        int, typer.Option("--most", "-n", min=1, metavar="N", help="Show the N started last.")
    ] = 20,
) -> None:
    """List the experiments on this machine: state, best result, time."""
    from nni_hpo_ext.study import known_experiments, overviews, show_experiments

    show_experiments(overviews(known_experiments()[:most]), console())
