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
) -> None:
    """Say what would go wrong with an experiment, without starting anything.

    One line a finding; exit code 1 if there is any.
    """
    from nni_hpo_ext.check import check_config, summarise

    total = 0
    for path in configs:
        findings = check_config(path)
        total += len(findings)
        lines = [str(f) for f in findings] or [f"{path}: no problem found", *summarise(path)]
        typer.echo("\n".join(lines))
    if total:
        raise typer.Exit(1)
