"""Write a study as offline runs of Weights & Biases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nni_hpo_ext.export._trial import (
    CURVE,
    curve,
    new_folder,
    notes,
    parameters,
    requires,
    writing,
)
from nni_hpo_ext.files import file_name
from nni_hpo_ext.study import End, Study, TrialRecord

__all__ = ["to_wandb"]


def to_wandb(study: Study, folder: Path) -> str:
    """Write a study as runs of Weights & Biases, one for each trial; return how to upload them.

    Nothing is sent anywhere. Final results are in the summary by their names, and intermediate
    ones are ``curve/NAME``. Trials that have not ended are left out. The library sets the times of
    the runs; those of the trials are in the config as ``started`` and ``seconds``.

    Parameters
    ----------
    study
        The study.
    folder
        A new folder.

    Raises
    ------
    MissingDependencyError
        If the package wandb is not installed.
    DataError
        If the folder is not empty, or cannot be written.

    Examples
    --------
    >>> from nni_hpo_ext.export import to_wandb
    >>> from nni_hpo_ext.study import load_study
    >>> to_wandb(load_study("latest"), Path("runs"))  # doctest: +SKIP
    'wandb sync runs/wandb/offline-run-*'
    """
    wandb = requires("Weights & Biases", "wandb", _import)
    new_folder(folder)
    with writing("Weights & Biases", folder):
        for trial in study.trials:
            if trial.end.over:
                _write(wandb, study, trial, folder)
        if wandb.run is None:  # end its process, which may still be writing
            wandb.teardown()
    return f"wandb sync {folder}/wandb/offline-run-*"


def _import() -> Any:
    import wandb

    return wandb


def _write(wandb: Any, study: Study, trial: TrialRecord, folder: Path) -> None:
    run = wandb.init(
        project=file_name(study.name or study.id),
        group=study.id,
        name=f"trial {trial.number}",
        dir=folder,
        mode="offline",
        config={
            **parameters(trial),
            "_trial": {**notes(trial), "started": trial.started, "seconds": trial.seconds},
        },
        # Nothing of this process, its machine or its code belongs to the trial.
        settings=wandb.Settings(
            silent=True,
            console="off",
            disable_git=True,
            save_code=False,
            x_disable_stats=True,
            x_disable_meta=True,
            x_disable_machine_info=True,
        ),
    )
    for step, _, values in curve(trial):
        run.log({f"{CURVE}{name}": value for name, value in values.items()}, step=step)
    run.summary.update(dict(trial.values))
    run.finish(exit_code=int(trial.end is End.FAILED))
