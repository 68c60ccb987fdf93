"""The command `nni-hpo run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nni_hpo_ext.cli._console import ConfigFile, console

__all__ = ["run"]


def run(
    config: ConfigFile,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the WebUI; a free one by default.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address the WebUI listens on. It has no password, so the default for local "
            "experiments is 127.0.0.1."
        ),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write the result as JSON.")
    ] = None,
    poll: Annotated[float, typer.Option(min=0.05, help="Seconds between two updates.")] = 2.0,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.0, metavar="SECONDS", help="End the experiment after this time."),
    ] = None,
    stall_timeout: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            metavar="SECONDS",
            help="End if the tuner makes no suggestion for this time; by default only warn.",
        ),
    ] = None,
    max_failures: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="End if the first N trials fail with the same error; 0 for no limit.",
        ),
    ] = 3,
    goal: Annotated[
        float | None,
        typer.Option(
            metavar="VALUE", help="End as soon as a trial's first objective is this good."
        ),
    ] = None,
    resume: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="Continue this stopped experiment, with the config it was started with and the "
            "rest of its budget.",
        ),
    ] = "",
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Start without checking the config.")
    ] = False,
) -> None:
    """Run an experiment and print its result.

    All processes end with it. Exit code 0 if it ended with a usable result, 1 if it failed (the
    cause is printed), 130 after Ctrl-C.
    """
    from nni_hpo_ext import registry
    from nni_hpo_ext.check import check_config
    from nni_hpo_ext.experiment import Limits, RunOptions
    from nni_hpo_ext.experiment import run as run_experiment

    registry.register()
    findings = [] if no_check else check_config(config)
    for finding in findings:
        typer.echo(str(finding), err=True)
    if any(finding.is_error for finding in findings):
        raise typer.Exit(1)
    limits = Limits(timeout=timeout, stall=stall_timeout, failures=max_failures, goal=goal)
    options = RunOptions(port=port, host=host, json=json, poll=poll, limits=limits, resume=resume)
    raise typer.Exit(run_experiment(config, options, console(), console(stderr=True)))
