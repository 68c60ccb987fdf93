"""Write a study as an experiment of MLflow."""

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
    seconds,
    writing,
)
from nni_hpo_ext.study import End, Study, TrialRecord

__all__ = ["to_mlflow"]

_STATUS = {
    End.SUCCEEDED: "FINISHED",
    End.STOPPED: "KILLED",
    End.CANCELED: "KILLED",
    End.INTERRUPTED: "KILLED",
    End.FAILED: "FAILED",
}
_LONGEST = 500  # characters of a parameter, which every backend of MLflow takes
_AT_ONCE = 1000  # metrics of a call, the limit of MLflow


def to_mlflow(study: Study, folder: Path) -> str:
    """Write a study into a database of MLflow, a run for each trial; return how to show it.

    Final results are metrics by their names, and intermediate ones ``curve/NAME``, with steps and
    times.

    Parameters
    ----------
    study
        The study.
    folder
        A new folder, for ``mlflow.db``.

    Raises
    ------
    MissingDependencyError
        If MLflow is not installed.
    DataError
        If the folder is not empty, or cannot be written.

    Examples
    --------
    >>> from nni_hpo_ext.export import to_mlflow
    >>> from nni_hpo_ext.study import load_study
    >>> to_mlflow(load_study("latest"), Path("mlflow"))  # doctest: +SKIP
    'mlflow ui --backend-store-uri sqlite:///mlflow/mlflow.db'
    """
    mlflow = requires("MLflow", "mlflow", _import)
    url = f"sqlite:///{new_folder(folder) / 'mlflow.db'}"
    with writing("MLflow", folder):
        client = mlflow.MlflowClient(tracking_uri=url)
        artifacts = (folder / "artifacts").resolve().as_uri()
        experiment = client.create_experiment(study.id, artifact_location=artifacts)
        for trial in study.trials:
            _write(mlflow, client, experiment, study, trial)
    return f"mlflow ui --backend-store-uri {url}"


def _import() -> Any:
    import mlflow
    import sqlalchemy  # noqa: F401 - the smaller mlflow-skinny comes without it

    return mlflow


def _write(mlflow: Any, client: Any, experiment: str, study: Study, trial: TrialRecord) -> None:
    started, ended = seconds(study, trial)
    run = client.create_run(
        experiment,
        start_time=_milliseconds(started),
        run_name=f"trial {trial.number}",
        tags={**notes(trial), "trial": str(trial.number)},
    )
    number = run.info.run_id
    entities = mlflow.entities
    params = [entities.Param(n, str(v)[:_LONGEST]) for n, v in parameters(trial).items()]
    metrics = [
        entities.Metric(f"{CURVE}{name}", value, _milliseconds(time), step)
        for step, time, values in curve(trial)
        for name, value in values.items()
    ]
    metrics += [entities.Metric(n, v, _milliseconds(ended), 0) for n, v in trial.values.items()]
    client.log_batch(number, params=params)
    for start in range(0, len(metrics), _AT_ONCE):
        client.log_batch(number, metrics=metrics[start : start + _AT_ONCE])
    if trial.end.over:
        client.set_terminated(number, _STATUS[trial.end], _milliseconds(ended))


def _milliseconds(time: float) -> int:
    return round(1000 * time)
