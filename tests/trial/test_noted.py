"""A quick trial waits until NNI's manager listens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import nni
import pytest

from nni_hpo_ext.trial import TrialReport, wait_until_noted
from nni_hpo_ext.trial.resume import SavedState

REPORTED = "reported"


class Manager:
    """Answers as NNI's manager does, one answer after the other."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.heard: list[str] = []
        manager = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                manager.heard.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(manager.answers.pop(0))

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("localhost", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def status(name: str) -> bytes:
    return json.dumps({"trialJobId": "abc", "status": name}).encode()


@pytest.fixture(params=["", "/prefix"])
def manager(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    manager = Manager()
    url = f"http://localhost:{manager.server.server_port}{request.param}/env/local-env/abc"
    monkeypatch.setenv("NNI_TRIAL_COMMAND_CHANNEL", url)
    monkeypatch.setenv("NNI_TRIAL_JOB_ID", "abc")
    monkeypatch.setattr(nni, "report_intermediate_result", lambda _: manager.heard.append(REPORTED))
    monkeypatch.setattr(nni, "report_final_result", lambda _: manager.heard.append(REPORTED))
    yield manager
    manager.server.shutdown()
    manager.server.server_close()


@pytest.mark.parametrize(("experiment", "left"), [("RUNNING", False), ("STOPPING", True)])
def test_a_saved_state_is_removed_if_the_trial_is_stopped_alone(
    manager: Manager, experiment: str, left: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path))
    state = SavedState("state", {})
    state.remove_if_stopped_alone()  # nothing was saved, and nothing is asked
    state.write(lambda path, _: path.touch())
    manager.answers = [json.dumps({"status": experiment, "errors": []}).encode()]
    state.remove_if_stopped_alone()
    assert (tmp_path / "state").is_file() == left
    assert [path.rpartition("/")[2] for path in manager.heard] == ["check-status"]


def test_nothing_is_reported_before_the_manager_has_noted_the_trial(manager: Manager) -> None:
    """It knows nothing of a new trial at first, and of one that is run again what was before."""
    manager.answers = [b"{}", b"", status("ADD_RESUMED"), status("RUNNING")]
    with TrialReport("digits") as report:
        report.epoch(0.5)
        report.epoch(0.6)
    experiment, *asked = manager.heard[:4]
    assert experiment.endswith("/api/v1/nni/experiment")
    assert all(path.endswith("/api/v1/nni/trial-jobs/abc") for path in asked)
    assert manager.heard[4:] == [REPORTED] * 3


def test_the_best_epoch_is_that_of_the_experiments_objective(manager: Manager) -> None:
    config = {"tuner": {"name": "TPE", "classArgs": {"optimize_mode": "minimize"}}}
    manager.answers = [json.dumps({"params": config}).encode()]
    assert TrialReport("digits", metric="quux").mode == "min"


@pytest.mark.parametrize("answer", [b"<html>a web page</html>", b"[]"])
def test_who_is_not_the_manager_is_asked_once(manager: Manager, answer: bytes) -> None:
    manager.answers = [answer]
    wait_until_noted()
    assert len(manager.heard) == 1


def test_outside_nni_nobody_is_asked(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNI_TRIAL_COMMAND_CHANNEL")
    wait_until_noted()
    assert manager.heard == []
