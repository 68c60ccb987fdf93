"""`nni-hpo watch`: what it shows, and when it ends."""

from __future__ import annotations

import io
import json
import re
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.experiment import Observer, watch
from nni_hpo_ext.experiment import _observer as _look

OBJECTIVES = {"default": "minimize", "size": "minimize"}


class Manager:
    """Answers as NNI's manager does; its states come from a list, the last of them for ever."""

    def __init__(self, experiment_id: str) -> None:
        self.id = experiment_id
        self.states = ["RUNNING"]
        manager = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = manager.answer(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str) -> Any:
        if path.endswith("/experiment"):
            return {"id": self.id}
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"status": state, "errors": []}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def manager(experiment: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    made = Manager("exp1")
    monkeypatch.setattr(_look, "known_url", lambda experiment_id: made.url)
    yield made
    made.close()


@pytest.fixture
def running(experiment: Any) -> Any:
    """Three trials that ended, one of them failed, and one that runs."""
    config = {"tuner": {"name": "Dragonfly", "classArgs": {"objectives": OBJECTIVES}}}
    experiment.config({**config, "maxTrialNumber": 9, "experimentName": "[red]night[/red]"})
    experiment.trial(0, {"default": 5.0, "size": 1.0}, steps=2)
    experiment.trial(1, {"default": 0.125, "size": 2.0})
    experiment.trial(2, status="FAILED")
    experiment.submit("job3", 3, 3, {"x": 3})
    experiment.report("job3", 3, 0.75)
    experiment.journal(
        "journal.jsonl",
        "".join(
            json.dumps(event) + "\n"
            for event in [
                {"event": "suggest", "id": 0, "params": {"x": 0}, "arm": "ehvi"},
                {"event": "fallback", "id": 1, "error": "Traceback ...\nValueError: no luck"},
                {"event": "suggest", "id": 1, "params": {"x": 1}, "arm": "random"},
            ]
        ),
    )
    return experiment


def shown(experiment: Any, **options: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, width=80, markup=False, highlight=False)
    watch(str(experiment.directory), console, poll=0.01, **options)
    return out.getvalue()


def test_a_frame_has_all_that_matters_in_80_columns(running: Any, manager: Manager) -> None:
    text = shown(running, once=True)
    assert "[red]night[/red] (exp1): RUNNING" in text
    assert "Dragonfly; default (minimize), size (minimize)" in text
    assert "3 of 9 trials done (2 succeeded, 1 failed); 1 running" in text
    assert "trial 1: default=0.125 size=2" in text
    assert "So far   5 █▁▁ 0.125" in text
    assert "3      1        0.75" in text
    assert re.search(r"0 +2 +5 +.* s .*succeeded", text)  # the latest trials
    assert text.index("failed", text.index("Lately")) < text.index("Running")
    assert "ehvi 1, random 1" in text
    assert "1 suggestion came from a fallback arm; last: ValueError: no luck" in text
    assert "Ended" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_it_ends_with_the_experiment(running: Any, manager: Manager) -> None:
    manager.states = ["RUNNING", "RUNNING", "DONE"]
    text = shown(running)
    assert text.count("3 of 9 trials done") == 2  # one line a change, and the last frame
    assert "all trials are done" in text


def test_it_ends_with_its_manager(
    running: Any, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looks = Observer.look, []

    def look(self: Observer) -> Any:
        looks.append(real(self))
        if len(looks) == 1:
            manager.close()
        return looks[-1]

    monkeypatch.setattr(Observer, "look", look)
    assert "interrupted: its manager is gone" in shown(running)
    assert len(looks) > 2  # a busy manager may miss a look


def test_an_experiment_that_is_over_is_shown_once(running: Any) -> None:
    text = shown(running)
    assert "(exp1): not running" in text
    assert "interrupted: its manager is gone" in text


def test_another_experiment_at_the_port_is_not_it(running: Any, manager: Manager) -> None:
    manager.id = "other"
    assert "interrupted: its manager is gone" in shown(running, once=True)


def test_ctrl_c_leaves_it_running(
    running: Any, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looks = Observer.look, []

    def look(self: Observer) -> Any:
        looks.append(real(self))
        if len(looks) == 3:
            signal.raise_signal(signal.SIGINT)
        return looks[-1]

    monkeypatch.setattr(Observer, "look", look)
    assert "Ended" not in shown(running)
    assert manager.states == ["RUNNING"]


def test_an_experiment_without_trials(experiment: Any) -> None:
    assert "0 trials done" in shown(experiment, once=True)


def test_a_trace_does_not_run(tmp_path: Any) -> None:
    trace = tmp_path / "trace.jsonl"
    CliRunner().invoke(app, ["simulate", "branin", "2", "-m", "RANDOM", "--out", str(trace)])
    with pytest.raises(DataError, match="is a trace, not a running experiment"):
        Observer(str(trace)).look()


def test_the_command(running: Any) -> None:
    done = CliRunner().invoke(app, ["watch", str(running.directory), "--once"])
    assert done.exit_code == 0, done.output
    assert "trial 1" in done.stdout
