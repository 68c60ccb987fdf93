"""The button that stops one trial, against a manager that records its requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from starlette.testclient import TestClient
from studies import add_experiment

from nni_hpo_ext.studio.jobs import keep_state
from nni_hpo_ext.studio.pages import StudioStore, _live_pages


class Manager:
    """Takes requests to cancel trials, as NNI's manager does."""

    def __init__(self) -> None:
        self.canceled: list[str] = []
        self.status = 200
        manager = self

        class Handler(BaseHTTPRequestHandler):
            def do_DELETE(self) -> None:
                manager.canceled.append(self.path)
                self.send_response(manager.status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    made = Manager()
    monkeypatch.setattr(_live_pages, "known_url", lambda experiment: made.url)
    monkeypatch.setattr("nni_hpo_ext.study._read.manager_alive", lambda experiment: True)
    yield made
    made.close()


@pytest.fixture
def study(store: StudioStore) -> int:
    """A study with a trial that ended, job0, and one that runs, job1."""
    number, experiment = add_experiment(store, store.add_set("colours", "upload"), quality, n=1)
    experiment.submit("job1", 1, 1, {"model": {"_name": "logistic", "C": 1.0}})
    return number


def quality(model: Any) -> float:
    return 0.5


def test_a_running_trial_is_stopped_by_the_manager(
    client: TestClient, manager: Manager, study: int
) -> None:
    running = client.get(f"/study/{study}/state").json()["running"]
    assert [row["job"] for row in running] == ["job1"]
    answer = client.post(f"/study/{study}/trial/job1/stop", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/study/{study}/live")
    assert manager.canceled == ["/api/v1/nni/trial-jobs/job1"]


@pytest.mark.parametrize("job", ["job0", "job7", "..%2Fexperiment"])
def test_only_a_trial_that_runs_is_stopped(
    client: TestClient, manager: Manager, study: int, job: str
) -> None:
    assert client.post(f"/study/{study}/trial/{job}/stop").status_code in (404, 422)
    assert manager.canceled == []


def test_no_trial_is_stopped_after_the_search(
    client: TestClient, store: StudioStore, manager: Manager, study: int
) -> None:
    keep_state(store.study_folder(study), "done")
    answer = client.post(f"/study/{study}/trial/job1/stop")
    assert (answer.status_code, manager.canceled) == (422, [])


def test_a_manager_that_refuses_is_reported(
    client: TestClient, manager: Manager, study: int
) -> None:
    manager.status = 500
    answer = client.post(f"/study/{study}/trial/job1/stop")
    assert (answer.status_code, "That did not work" in answer.text) == (422, True)
