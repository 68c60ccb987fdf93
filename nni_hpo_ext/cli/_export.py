"""The command `nni-hpo export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nni_hpo_ext.cli._console import Experiment

__all__ = ["export"]

_Format = Literal["csv", "json", "optuna", "mlflow", "wandb", "tensorboard"]


def export(
    experiment: Experiment,
    format: Annotated[
        _Format | None, typer.Option(help="csv by default; all but csv and json need --out.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv/--json", help="Short for --format csv, json.")] = True,
    curves: Annotated[
        bool,
        typer.Option(
            "--curves", help="Write one row per intermediate result instead of per trial."
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Write to this file; for mlflow, wandb and tensorboard to this new folder.",
        ),
    ] = None,
) -> None:
    """Export all trials with their parameters and metrics, correctly joined.

    One row per trial: param.NAME, metric.NAME, status, times, arm, number of epochs, best
    intermediate result. Or a study of another tool, which must be installed: an SQLite storage of
    Optuna, a database of MLflow, offline runs of Weights & Biases, TensorBoard's HParams.
    """
    from nni_hpo_ext.errors import ConfigError

    chosen = format or ("csv" if csv else "json")
    if curves and chosen != "csv":
        raise ConfigError(
            f"--curves is for csv only; {chosen} already includes the curves; remove one"
        )
    if chosen in ("csv", "json"):
        _write_text(experiment, chosen, curves, out)
    elif out is None:
        raise ConfigError(f"--format {chosen} needs --out PATH")
    else:
        _write_study(experiment, chosen, out)


def _write_text(experiment: str, format: str, curves: bool, out: Path | None) -> None:
    from nni_hpo_ext.files import json_text, write_text
    from nni_hpo_ext.study import curve_rows, load_studies, to_csv, to_json, trial_rows

    studies = load_studies(experiment)
    if format == "csv":
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


def _write_study(experiment: str, format: str, out: Path) -> None:
    from nni_hpo_ext import export as exports
    from nni_hpo_ext.study import load_study

    study = load_study(experiment)
    command = getattr(exports, f"to_{format}")(study, out)
    typer.echo(f"{out}: {len(study.trials)} trials\nTo see them: {command}")
