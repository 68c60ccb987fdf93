"""The command `nni-hpo retrain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nni_hpo_ext.cli._console import Experiment, console

__all__ = ["retrain"]


def retrain(
    experiment: Experiment,
    seeds: Annotated[
        int, typer.Option(min=1, metavar="N", help="New seeds for each configuration.")
    ] = 5,
    top: Annotated[
        int, typer.Option(min=1, metavar="N", help="Train the N best configurations.")
    ] = 2,
    front: Annotated[bool, typer.Option("--front", help="Train the Pareto front instead.")] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, metavar="N", help="Trainings at a time.")
    ] = 1,
    seed_name: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Parameter of the script that takes the seed; '' if it draws its own.",
        ),
    ] = "seed",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="File of the finished trainings, which are not repeated; by default retrain.jsonl "
            "in the experiment's directory.",
        ),
    ] = None,
) -> None:
    """Train the best trials again with new seeds, and say whether the lead is real."""
    from nni_hpo_ext import followup
    from nni_hpo_ext.render import text
    from nni_hpo_ext.study import load_study

    study = load_study(experiment)
    goal = study.objectives[0].name

    def say(run: followup.Rerun) -> None:
        result = run.error or f"{goal} {text.value(run.values[goal])}"
        typer.echo(f"trial {run.trial}, seed {run.seed}: {text.printable(result)}", err=True)

    found = followup.retrain(
        study,
        seeds=seeds,
        top=top,
        front=front,
        jobs=jobs,
        seed_name=seed_name,
        path=out,
        say=say,
    )
    console().print(followup.retraining_table(found))
    typer.echo("\n".join(found.verdicts()))
