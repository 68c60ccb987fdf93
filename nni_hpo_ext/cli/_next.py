"""The command `nni-hpo next`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nni_hpo_ext.cli._console import Experiment

__all__ = ["next_experiment"]


def next_experiment(
    experiment: Experiment,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Default: next-ID.yml; a new file."),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of trials; by default as before.")
    ] = None,
    warm_start: Annotated[
        Literal["all", "best", "none"],
        typer.Option(
            help="Learn from all earlier results, where they are, or from the best 20, which are "
            "then part of the config."
        ),
    ] = "all",
    keep_space: Annotated[
        bool, typer.Option("--keep-space", help="Keep the search space.")
    ] = False,
) -> None:
    """Write the config that goes on: proposed search space, warm start, budget."""
    from nni_hpo_ext.errors import DataError
    from nni_hpo_ext.files import file_name, write_text
    from nni_hpo_ext.followup import next_config
    from nni_hpo_ext.study import load_study

    study = load_study(experiment)
    path = out or Path(f"next-{file_name(study.id)}.yml")
    if path.exists():
        raise DataError(f"{path} exists; give another --out")
    found = next_config(study, trials=trials, warm_start=warm_start, keep_space=keep_space)
    write_text(path, found.text())
    typer.echo("\n".join([f"{path}:", *(f"  {line}" for line in (*found.notes, *found.changes()))]))
    typer.echo(f"Then: nni-hpo run {path}")
