"""Trial scripts written for NNI, run against a study."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from serving import STUDY, Caller

from nni_hpo_ext.client import ServiceError, StudyClient
from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.worker import work

# Behaves by its number: completes, fails, reports NaN, is stopped.
SCRIPT = """
import sys
import nni
params = nni.get_next_parameter()
number = nni.get_sequence_id()
assert nni.get_experiment_id() == "demo"
assert 0 <= params["lr"] <= 1
if number == 1:
    nni.report_final_result(0.5)
    sys.exit("no memory left")
if number == 2:
    nni.report_intermediate_result(float("nan"))
    nni.report_final_result(float("nan"))
    sys.exit()
if number == 3:
    for step in range(3):
        nni.report_intermediate_result(0.01 * step)
    import time
    time.sleep(60)
for step in range(4):
    nni.report_intermediate_result({"default": 0.8 + step / 100, "size": 3})
nni.report_final_result({"default": 0.9, "size": 3, "name": "net"})
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "trial.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def client(call: Caller) -> StudyClient:
    return StudyClient(call.url, "demo", call.token, patience=5)


@pytest.mark.e2e
def test_a_script_for_nni_runs_unchanged(call: Caller, client: StudyClient, script: Path) -> None:
    assessor = {"name": "CompoundStop", "classArgs": {"min_completed": 1, "max_epochs": 4}}
    client.create({**STUDY, "assessor": assessor, "max_trials": 4})
    said: list[str] = []
    assert work(client, [sys.executable, str(script)], said.append) == 4
    trials = call("GET", "/demo/trials").content
    assert [t["status"] for t in trials] == ["succeeded", "failed", "failed", "stopped early"]
    assert trials[0]["values"] == {"default": 0.9, "size": 3}
    assert len(trials[0]["reports"]) == 4
    assert trials[1]["reason"] == "no memory left"
    assert "not a finite number" in trials[2]["reason"]
    assert trials[2]["reports"] == [None]
    assert trials[3]["values"]["default"] <= 0.02
    assert [line.split(":")[0] for line in said] == [f"trial {i}" for i in range(4)]


def test_a_broken_command_ends_the_worker(call: Caller, client: StudyClient) -> None:
    client.create(STUDY)
    with pytest.raises(ExperimentError, match="3 trials in a row failed: no such module"):
        work(client, ["sh", "-c", "echo no such module >&2; exit 1"], lambda line: None)
    with pytest.raises(ExperimentError, match="nothing-here: No such file"):
        work(client, ["nothing-here"], lambda line: None)
    statuses = [t["status"] for t in call("GET", "/demo/trials").content]
    assert statuses == ["failed"] * 3 + ["waiting"]  # the last one may work elsewhere


def test_a_worker_that_is_interrupted_gives_its_trial_back(
    call: Caller, client: StudyClient, tmp_path: Path
) -> None:
    client.create(STUDY)
    started = tmp_path / "started"
    command = [sys.executable, "-m", "nni_hpo_ext", "worker", call.url, "demo", "--"]
    worker = subprocess.Popen(
        [*command, "sh", "-c", f"touch {started}; sleep 60"],
        env={**os.environ, "NNI_HPO_TOKEN": call.token},
    )
    while not started.exists():
        assert worker.poll() is None
        time.sleep(0.05)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 130
    assert [t["status"] for t in call("GET", "/demo/trials").content] == ["waiting"]
    asked = client.ask()
    assert asked is not None
    assert (asked.number, asked.attempt) == (0, 1)


def test_a_wrong_token_or_study_is_one_line(call: Caller) -> None:
    with pytest.raises(ServiceError, match="study demo: no study demo"):
        StudyClient(call.url, "demo", call.token).ask()
    with pytest.raises(ServiceError, match="Authorization"):
        StudyClient(call.url, "demo", "wrong").ask()


def test_a_service_that_is_away_is_tried_again_then_given_up(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = StudyClient(call.url, "demo", call.token, patience=60)
    client.create(STUDY)
    send, tries = requests.Session.request, []

    def away(session: requests.Session, *args: object, **kwargs: object) -> object:
        tries.append(kwargs["headers"])
        if len(tries) < 3:
            raise requests.ConnectionError("refused")
        return send(session, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(requests.Session, "request", away)
    asked = client.ask()
    assert asked is not None
    assert asked.number == 0
    assert len({str(headers) for headers in tries}) == 1  # the same key each time
    nowhere = StudyClient("http://127.0.0.1:9", "demo", "", patience=0)
    tries.extend([{}] * 3)
    with pytest.raises(ServiceError, match="no answer in 0 s"):
        nowhere.ask()
