"""The command `nni-hpo check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["check"]


def check(
    configs: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, metavar="CONFIG...", help="NNI configs."),
    ],
    trial: Annotated[
        bool,
        typer.Option("--trial", help="Also run one real trial if no error is found."),
    ] = False,
    trial_limit: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Time limit of the trial.")
    ] = 300.0,
    deep: Annotated[
        bool, typer.Option("--deep", help="Let remote workers import what the trial imports.")
    ] = False,
) -> None:
    """Find mistakes in an experiment's config.

    Prints one line per finding, for remote experiments after a login to each machine. Exit code 1
    if there is an error or the trial fails.
    """
    sound = [
        _checked(path, deep) and (not trial or _try_trial(path, trial_limit)) for path in configs
    ]
    if not all(sound):
        raise typer.Exit(1)


def _checked(path: Path, deep: bool) -> bool:
    from nni_hpo_ext.check import check_config, summarise

    findings = check_config(path, deep=deep)
    lines = [str(finding) for finding in findings]
    sound = not any(finding.is_error for finding in findings)
    if sound:
        lines += [f"{path}: no problem found", *summarise(path)]
    typer.echo("\n".join(lines))
    return sound


def _try_trial(path: Path, limit: float) -> bool:
    from nni_hpo_ext.check import describe_trial, run_trial, trial_problem

    typer.echo(f"  running one trial, {limit:g} s at most (end with Ctrl-C)", err=True)
    run = run_trial(path, limit)
    typer.echo("\n".join(describe_trial(run)))
    return not trial_problem(run)
