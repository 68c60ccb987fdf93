"""Workers that NNI loses for good."""

from __future__ import annotations

from typing import Any

from nni_hpo_ext.experiment._verdict import Kind
from nni_hpo_ext.experiment._workers import Workers

MACHINES = [{"host": f"gpu{n}", "port": 22, "user": "ada", "sshKeyFile": "key"} for n in (1, 2)]
REMOTE = {"platform": "remote", "machineList": MACHINES}


def lose(experiment: Any, host: str) -> None:
    line = f"ERROR (RemoteV3.remote) Failed to recover worker {host}: Error: connect ETIMEDOUT"
    experiment.log("nnimanager.log", f"[2026-01-01 00:00:00] {line}")


def test_each_loss_is_said_once_and_the_last_one_ends_the_run(experiment: Any) -> None:
    workers = Workers({"trainingService": REMOTE}, experiment.directory)
    said: list[str] = []
    assert workers.judge(said.append) is None
    lose(experiment, "gpu1")
    assert workers.judge(said.append) is None
    assert workers.judge(said.append) is None
    assert said == ["Worker gpu1 is lost: connect ETIMEDOUT"]
    lose(experiment, "gpu2")
    outcome = workers.judge(said.append)
    assert outcome is not None
    assert (outcome.kind, outcome.message) == (Kind.FAILED, "all worker machines are lost")
    assert len(said) == 2


def test_local_trials_go_on_without_the_workers(experiment: Any) -> None:
    config = {"trainingService": [REMOTE, {"platform": "local"}]}
    workers = Workers(config, experiment.directory)
    lose(experiment, "gpu1")
    lose(experiment, "gpu2")
    assert workers.judge(lambda text: None) is None
