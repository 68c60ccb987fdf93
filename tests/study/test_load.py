"""One form for whatever ran: files of an experiment, a manager's answers, a trace."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.study import End, Study, load_studies, load_study

SPACE = {"x": {"_type": "uniform", "_value": [0, 1]}}


def swapped(experiment: Any) -> None:
    """Two trials that got each other's parameters, as NNI's defect does it."""
    experiment.config({"experimentName": "swap", "searchSpace": SPACE, "tuner": {"name": "Random"}})
    experiment.submit("a", 0, 0, {"x": 0.25})
    experiment.submit("b", 1, 1, {"x": 0.75})
    for step in range(2):
        experiment.report("a", 1, {"default": 0.75, "loss": step}, step=step)
    experiment.report("a", 1, 0.75, final=True)
    experiment.report("b", 0, 0.25, final=True)
    experiment.event("a", "SUCCEEDED", 0)
    experiment.event("b", "SUCCEEDED", 1)


def check_swapped(study: Study) -> None:
    assert [(t.params, t.values) for t in study.trials[:2]] == [
        ({"x": 0.75}, {"default": 0.75}),
        ({"x": 0.25}, {"default": 0.25}),
    ]
    assert study.name == "swap"
    assert study.space == SPACE
    assert [r.values for r in study.trials[0].reports] == [
        {"default": 0.75, "loss": 0.0},
        {"default": 0.75, "loss": 1.0},
    ]
    assert study.best is not None
    assert study.best.number == 0


@pytest.mark.parametrize("inside", ["", "db/.."])
def test_a_directory(experiment: Any, inside: str) -> None:
    swapped(experiment)
    study = load_study(str(experiment.directory / inside))
    check_swapped(study)
    assert study.id == "exp1"
    assert not study.simulated


def test_an_id_in_the_home_directory(
    experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped(experiment)
    (tmp_path / "nni-experiments").mkdir()
    experiment.directory.rename(tmp_path / "nni-experiments" / "abc")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_study("abc").id == "abc"


def test_an_id_that_nobody_knows() -> None:
    with pytest.raises(ExperimentError, match=r"nowhere: no experiment with this id"):
        load_study("nowhere")


def test_an_old_database_says_what_it_lacks(experiment: Any) -> None:
    experiment._db.execute("alter table TrialJobEvent drop column sequenceId")
    with pytest.raises(ExperimentError, match=r"sequenceId; another version of NNI wrote it"):
        load_study(str(experiment.directory))


def test_a_search_space_kept_as_text(experiment: Any) -> None:
    experiment.config({"searchSpace": json.dumps(SPACE)})
    assert load_study(str(experiment.directory)).space == SPACE


def test_a_plain_number_stands_for_the_one_objective(experiment: Any) -> None:
    experiment.config({"tuner": {"classArgs": {"objectives": {"accuracy": "maximize"}}}})
    experiment.trial(0, 0.9, steps=1)
    experiment.trial(1, float("nan"))
    study = load_study(str(experiment.directory))
    first, second = study.trials
    assert study.best == first
    assert (first.values, first.reports[0].values) == ({"accuracy": 0.9}, {"accuracy": 0.0})
    assert second.reason == "objective 'accuracy' is nan, not a finite number"


def test_suggestions_are_joined_though_ids_repeat_after_a_resume(experiment: Any) -> None:
    for number, (job, parameter_id) in enumerate([("a", 0), ("b", 0), ("c", 1)]):
        experiment.submit(job, number, parameter_id, {"x": number})
        experiment.report(job, parameter_id, 1.0, final=True)
        experiment.event(job, "SUCCEEDED", number)
    lines = [
        {"event": "suggest", "id": 0, "params": {"x": 0}, "arm": "first", "probability": 0.5},
        {"event": "fallback", "id": 0, "error": "singular"},
        {"event": "suggest", "id": 0, "params": {"x": 1}, "arm": "second", "seconds": 0.25},
    ]
    experiment.journal("journal.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines))
    first, second, third = (t.proposal for t in load_study(str(experiment.directory)).trials)
    assert first is not None
    assert second is not None
    assert (first.arm, first.probability, first.seconds, first.faults) == ("first", 0.5, None, ())
    assert (second.arm, second.probability, second.seconds) == ("second", None, 0.25)
    assert second.faults == ("singular",)
    assert third is None


Answers = dict[str, Any]


@pytest.fixture
def manager() -> Iterator[Callable[[Answers], str]]:
    """Return a function that serves answers as a manager would, and gives their address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = answers.get(self.path)
                self.send_response(404 if answer is None else 200)
                self.end_headers()
                text = answer if isinstance(answer, str) else json.dumps(answer)
                self.wfile.write(text.encode())

            def log_message(self, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def job(number: int, status: str, *xs: float) -> dict[str, Any]:
    forms = [json.dumps({"parameter_id": number, "parameters": {"x": x}}) for x in xs]
    return {
        "trialJobId": "abcde"[number],
        "sequenceId": number,
        "status": status,
        "hyperParameters": forms,
        "startTime": 2000,
        **({} if status == "RUNNING" else {"endTime": 9000}),
    }


def metric(job: str, parameter_id: int, value: Any, step: int | None = None) -> dict[str, Any]:
    return {
        "timestamp": 5000,
        "trialJobId": job,
        "parameterId": str(parameter_id),
        "type": "FINAL" if step is None else "PERIODICAL",
        "sequence": step or 0,
        "data": json.dumps(json.dumps(value)),
    }


def running() -> Answers:
    jobs = [job(0, "SUCCEEDED", 0.25), job(1, "SUCCEEDED", 0.75), job(2, "RUNNING", 0.5)]
    jobs += [job(3, "USER_CANCELED"), job(4, "FAILED")]
    metrics = [
        *(metric("a", 1, {"default": 0.75, "loss": step}, step) for step in range(2)),
        metric("a", 1, 0.75),
        metric("b", 0, 0.25),
    ]
    params = {"experimentName": "swap", "searchSpace": SPACE, "tuner": {"name": "Random"}}
    base = "/api/v1/nni"
    return {
        f"{base}/experiment": {"id": "abc", "params": params, "startTime": 1000, "logDir": "/no"},
        f"{base}/trial-jobs": jobs,
        f"{base}/metric-data/": metrics,
        f"{base}/trial-file/e/trial.stderr": "Traceback\nValueError: no data\n",
        "/logs/nnimanager.log": "[2026-01-01 00:00:00] INFO (NNIManager) User cancelTrialJob: d\n",
    }


@pytest.mark.parametrize("page", ["", "/", "/oview"])
def test_a_running_manager(manager: Callable[[Answers], str], page: str) -> None:
    study = load_study(manager(running()) + page)
    check_swapped(study)
    assert (study.id, study.began, study.ended) == ("abc", 1.0, None)
    assert [t.end for t in study.trials[2:]] == [End.RUNNING, End.CANCELED, End.FAILED]
    assert study.trials[4].reason == "ended with an error: ValueError: no data"


def test_a_manager_whose_files_are_here_brings_its_journals(
    manager: Callable[[Answers], str], experiment: Any
) -> None:
    answers = running()
    answers["/api/v1/nni/experiment"]["logDir"] = str(experiment.directory)
    experiment.journal(
        "journal.jsonl", '{"event": "suggest", "id": 1, "params": {"x": 0.75}, "arm": "gp"}\n'
    )
    proposal = load_study(manager(answers)).trials[0].proposal
    assert proposal is not None
    assert proposal.arm == "gp"


@pytest.mark.parametrize("answers", [{}, {"/api/v1/nni/experiment": []}])
def test_a_server_that_is_no_manager(manager: Callable[[Answers], str], answers: Answers) -> None:
    with pytest.raises(ExperimentError):
        load_study(manager(answers))


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.jsonl"
    arguments = ["simulate", "branin", "6", "--repeats", "2", "-m", "RANDOM", "--out", str(path)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    return path


def test_a_trace_is_one_study_per_optimisation(trace: Path) -> None:
    first, second = load_studies(str(trace))
    assert (first.id, second.id) == ("RANDOM, repeat 0", "RANDOM, repeat 1")
    assert first.simulated
    assert first.objectives[0].direction == "minimize"
    assert first.space is not None
    assert set(first.space) == set(first.trials[0].params or {})
    assert first.best is not None
    assert first.seconds == first.ended
    assert load_study(str(trace), repeat=1) == second


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({}, "holds 2 optimisations"),
        ({"repeat": 7}, "no optimisation with --repeat 7"),
        ({"tuner": "GP"}, "with --tuner GP; it holds --tuner RANDOM"),
    ],
)
def test_which_optimisation_must_be_clear(trace: Path, choice: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_study(str(trace), **choice)


def test_a_file_that_is_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"\x00\xff hello")
    with pytest.raises(DataError, match=r"notes\.txt"):
        load_study(str(path))
