"""The command `nni-hpo export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nni_hpo_ext.cli._console import Experiment

__all__ = ["export"]


def export(
    experiment: Experiment,
    csv: Annotated[
        bool, typer.Option("--csv/--json", help="Write a CSV table, or everything as JSON.")
    ] = True,
    curves: Annotated[
        bool,
        typer.Option(
            "--curves", help="Write one row per intermediate result instead of per trial."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write to this file.")
    ] = None,
) -> None:
    """Export all trials with their parameters and metrics, correctly joined.

    One row per trial: param.NAME, metric.NAME, status, times, arm, number of epochs, best
    intermediate result.
    """
    from nni_hpo_ext.errors import ConfigError
    from nni_hpo_ext.files import json_text, write_text
    from nni_hpo_ext.study import curve_rows, load_studies, to_csv, to_json, trial_rows

    if curves and not csv:
        raise ConfigError(
            "--curves cannot be combined with --json, which already includes the curves; remove one"
        )
    studies = load_studies(experiment)
    if csv:
        rows = curve_rows if curves else trial_rows
        text = to_csv([row for study in studies for row in rows(study)])
    else:
        found = [to_json(study) for study in studies]
        text = json_text(found[0] if len(found) == 1 else found)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(out, text)
    typer.echo(f"{out}: {sum(len(study.trials) for study in studies)} trials")
