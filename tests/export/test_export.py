"""A study in the forms of other tools, read back with the tools themselves."""

from __future__ import annotations

import builtins
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import DataError, MissingDependencyError
from nni_hpo_ext.export import to_mlflow, to_optuna, to_tensorboard, to_wandb
from nni_hpo_ext.migrate import read_optuna
from nni_hpo_ext.study import End, JournalView, Report, Study, TrialRecord
from nni_hpo_ext.types import Objective

GOALS = (Objective("accuracy", "maximize"), Objective("size", "minimize"))
SPACE = {
    "lr": {"_type": "loguniform", "_value": [0.001, 1]},
    "units": {"_type": "randint", "_value": [1, 9]},
    "optimizer": {
        "_type": "choice",
        "_value": [
            {"_name": "sgd", "momentum": {"_type": "uniform", "_value": [0, 1]}},
            {"_name": "adam"},
        ],
    },
    "kernel": {"_type": "choice", "_value": [[3, 3], [5, 5]]},
}
ENDS = (End.SUCCEEDED, End.STOPPED, End.FAILED, End.RUNNING)
NAN = float("nan")


def trial(number: int) -> TrialRecord:
    sgd = {"_name": "sgd", "momentum": 0.9}
    params = {
        "lr": 0.01 * (number + 1),
        "units": number + 1,
        "optimizer": sgd if number % 2 else {"_name": "adam"},
        "kernel": [3, 3],
    }
    end = ENDS[number]
    curve = [0.5, NAN, 0.7]
    reports = tuple(
        Report(i, 1e9 + i, v, {"accuracy": v} if v == v else {}) for i, v in enumerate(curve)
    )
    return TrialRecord(
        number,
        f"job{number}",
        end,
        reason="broken" if end is End.FAILED else "",
        params=params,
        values={"accuracy": 0.8, "size": 100.0} if end is End.SUCCEEDED else {},
        reports=reports,
        started=1e9,
        ended=None if end is End.RUNNING else 1e9 + 60,
    )


@pytest.fixture
def study() -> Study:
    return Study(
        "k3xqzc9a", "digits", "place", None, {}, SPACE, GOALS,
        tuple(map(trial, range(len(ENDS)))), JournalView(), began=1e9,
    )  # fmt: skip


def test_optuna_reads_what_was_written(study: Study, tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna", reason="Optuna is not installed: an extra")
    path = tmp_path / "study.db"
    assert to_optuna(study, path) == f"optuna-dashboard sqlite:///{path}"
    found = optuna.load_study(study_name="k3xqzc9a", storage=f"sqlite:///{path}")
    done, pruned, failed = found.trials
    assert (done.state.name, pruned.state.name, failed.state.name) == ("COMPLETE", "PRUNED", "FAIL")
    assert (done.values, found.metric_names) == ([0.8, 100.0], ["accuracy", "size"])
    assert pruned.params == {
        "lr": 0.02, "units": 2, "optimizer": "sgd", "optimizer.momentum": 0.9, "kernel": "[3, 3]",
    }  # fmt: skip
    assert pruned.intermediate_values == {0: 0.5, 2: 0.7}
    assert done.duration.total_seconds() == 60
    assert failed.user_attrs["reason"] == "broken"
    lr = done.distributions["lr"]
    assert (lr.low, lr.high, lr.log) == (0.001, 1, True)
    assert (done.distributions["units"].low, done.distributions["units"].high) == (1, 8)
    with pytest.raises(DataError, match="holds a study k3xqzc9a"):
        to_optuna(study, path)


def test_a_study_comes_back_from_optuna(study: Study, tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="Optuna is not installed: an extra")
    to_optuna(study, tmp_path / "study.db")
    back = read_optuna(str(tmp_path / "study.db"))
    assert [t.event for t in back.trials] == ["SUCCEEDED", "USER_CANCELED", "FAILED"]
    assert back.records[0]["value"] == {"default": 0.8, "size": 100.0}
    assert back.space["lr"] == SPACE["lr"]


def test_mlflow_reads_what_was_written(study: Study, tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="MLflow is not installed: an extra, export")
    from mlflow import MlflowClient

    command = to_mlflow(study, tmp_path / "out")
    client = MlflowClient(command.rpartition(" ")[2])
    experiment = client.get_experiment_by_name("k3xqzc9a")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    statuses = [runs[f"trial {n}"].info.status for n in range(4)]
    assert statuses == ["FINISHED", "KILLED", "FAILED", "RUNNING"]
    done = runs["trial 0"]
    assert done.data.metrics == {"accuracy": 0.8, "size": 100.0, "curve/accuracy": 0.7}
    assert done.data.params["optimizer"] == "adam"
    assert done.info.end_time - done.info.start_time == 60_000
    history = client.get_metric_history(done.info.run_id, "curve/accuracy")
    assert [(m.step, m.value) for m in history] == [(0, 0.5), (2, 0.7)]


def test_tensorboard_reads_what_was_written(study: Study, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed: an extra, export")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2

    to_tensorboard(study, tmp_path / "logs")
    sessions = {}
    for folder in sorted((tmp_path / "logs").glob("trial-*")):
        events = EventAccumulator(str(folder)).Reload()
        content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
        start = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
        sessions[folder.name] = (events, start)
    events, start = sessions["trial-0000"]
    assert start.hparams["lr"].number_value == 0.01
    assert start.hparams["kernel"].string_value == "[3, 3]"
    curve = [(e.step, round(e.value, 6)) for e in events.Scalars("curve/accuracy")]
    assert curve == [(0, 0.5), (2, 0.7)]
    assert [round(e.value, 6) for e in events.Scalars("accuracy")] == [0.8]
    assert "_hparams_/session_end_info" in events.summary_metadata
    assert "_hparams_/session_end_info" not in sessions["trial-0003"][0].summary_metadata


def records(content: bytes) -> Iterator[bytes]:
    """Read the file of a run, a log of LevelDB after a header of 7 bytes; wandb has no reader."""
    at, data = 7, b""
    while at + 7 <= len(content):
        length, kind = struct.unpack("<4xHB", content[at : at + 7])
        if kind == 0:  # the rest of the block
            at += 32768 - at % 32768
            continue
        data += content[at + 7 : at + 7 + length]
        at += 7 + length
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
        if kind in (1, 4):  # whole, or the last part
            yield data
            data = b""


def test_weights_and_biases_reads_what_was_written(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb", reason="wandb is not installed: an extra, export")
    from wandb.proto import wandb_internal_pb2

    for name in ("WANDB_CONFIG_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "wandb-own"))
    command = to_wandb(study, tmp_path / "runs")
    assert command == f"wandb sync {tmp_path}/runs/wandb/offline-run-*"
    names, summary, history = set(), {}, []
    for path in (tmp_path / "runs").glob("wandb/offline-run-*/*.wandb"):
        run = ""
        for data in records(path.read_bytes()):
            record = wandb_internal_pb2.Record.FromString(data)
            run = record.run.display_name or run
            for item in record.summary.update:
                summary[run, item.key or item.nested_key[0]] = item.value_json
            if record.HasField("history"):
                history.append(run)
        names.add(run)
    assert names == {"trial 0", "trial 1", "trial 2"}
    assert summary["trial 0", "accuracy"] == "0.8"
    assert history.count("trial 0") >= 2


WRITERS: list[tuple[str, Callable[[Study, Path], str]]] = [
    ("optuna", to_optuna), ("mlflow", to_mlflow), ("wandb", to_wandb),
    ("tensorboard", to_tensorboard),
]  # fmt: skip


@pytest.mark.parametrize(("library", "write"), WRITERS, ids=[name for name, _ in WRITERS])
def test_a_library_that_is_missing_is_named_and_nothing_is_written(
    library: str, write: Any, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any) -> Any:
        if name.partition(".")[0] == library:
            raise ImportError(f"No module named '{library}'")
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingDependencyError, match=f"pip install {library}"):
        write(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "mlflow"], "needs --out"),
        (["--format", "optuna", "--curves"], "--curves is for csv only"),
        (["--json", "--curves"], "--curves is for csv only"),
    ],
)
def test_options_that_do_not_fit_are_an_error(options: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["export", "latest", *options])
    assert message in str(result.exception)
