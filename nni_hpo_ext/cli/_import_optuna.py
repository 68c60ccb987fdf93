"""The command `nni-hpo import-optuna`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["import_optuna"]


def import_optuna(
    storage: Annotated[
        str,
        typer.Argument(
            metavar="STORAGE", help="URL such as sqlite:///study.db, SQLite file, or journal file."
        ),
    ],
    study: Annotated[
        str | None, typer.Option(metavar="NAME", help="Study, if the storage has several.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", file_okay=False, help="Default: optuna-NAME.")
    ] = None,
) -> None:
    """Take over the trials of an Optuna study.

    Writes a directory that report, compare, export and audit read like an experiment, and in it
    trials.json for nnictl experiment import, and search_space.json.
    """
    from nni_hpo_ext import migrate
    from nni_hpo_ext.files import file_name

    folder = out or Path(f"optuna-{file_name(study or Path(storage).stem)}")
    found = migrate.import_optuna(storage, study, folder)
    lines = [
        f"{folder}: {len(found.trials)} trials of {found.name}, {len(found.records)} with a result",
        f"  objectives: {', '.join(f'{n} ({d})' for n, d in found.objectives.items())}",
    ]
    if found.incomplete:
        lines.append(
            f"  {found.incomplete} trials lack parameters that others have; tuners ignore them, "
            "since which conditions hold is not stored"
        )
    lines.append(f"Then: nnictl experiment import EXPERIMENT --filename {folder / 'trials.json'}")
    typer.echo("\n".join(lines))
