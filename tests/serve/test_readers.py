"""The commands read a study as they read an experiment, and `simulate` can drive one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from serving import STUDY, Caller
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.serve import StudyStore
from nni_hpo_ext.simulate import Options, Protocol, simulate


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@pytest.fixture
def source(
    request: pytest.FixtureRequest,
    call: Caller,
    store: StudyStore,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> str:
    """Return the URL or the directory of a study with four trials, one of which runs."""
    monkeypatch.setenv("NNI_HPO_TOKEN", call.token)
    monkeypatch.chdir(tmp_path)
    call("PUT", "/demo", {**STUDY, "max_trials": 8})
    for number, result in enumerate([{"values": 0.5}, {"values": 0.9}, {"error": "broken"}, None]):
        call("POST", "/demo/trials")
        call("POST", f"/demo/trials/{number}/reports", {"value": 0.4})
        if result is not None:
            call("PUT", f"/demo/trials/{number}/result", result)
    is_url = request.param == "url"
    return f"{call.url}/v1/studies/demo" if is_url else str(store.directory / "demo")


@pytest.mark.parametrize("source", ["url", "directory"], indirect=True)
def test_the_commands_read_a_study(source: str, tmp_path: Path) -> None:
    shown = run("watch", "--once", source)
    assert "demo (demo): open" in shown
    assert "trial 1: default=0.9" in shown
    assert "broken" in shown
    rows = run("export", source).splitlines()
    assert len(rows) == 5
    assert "param.lr" in rows[0]
    run("report", source, "--out", "report.html")
    assert "demo" in (tmp_path / "report.html").read_text()
    assert (
        "RandomSearch"
        in run("report", source, "--format", "md") + Path("report-demo.md").read_text()
    )
    table = json.loads(run("compare", source, source, "--format", "json"))
    assert table


@pytest.mark.parametrize("assessor", [None, "median"])
def test_a_simulation_has_the_same_trials_with_the_tuner_of_a_service(
    call: Caller, monkeypatch: pytest.MonkeyPatch, assessor: str | None
) -> None:
    monkeypatch.setenv("NNI_HPO_TOKEN", call.token)
    protocol = Protocol(repeats=1, max_trials=12)
    options = {"protocol": protocol, "seed": 3, "workers": 2, "assessor": assessor}
    (here,) = simulate(Options("digits", candidates=False, **options))  # type: ignore[arg-type]
    (there,) = simulate(Options("digits", worker_url=call.url, **options))  # type: ignore[arg-type]
    assert [(t.params, t.status, t.final, t.end) for t in there.trials] == [
        (t.params, t.status, t.final, t.end) for t in here.trials
    ]
    (name,) = call("GET", "").content
    assert name.startswith("digits-RANDOM-3-")
    assert call("GET", f"/{name}").content["ended"] == 12


def test_a_study_that_is_done_ends_the_watch(call: Caller, store: StudyStore) -> None:
    call("PUT", "/demo", {**STUDY, "max_trials": 1})
    call("POST", "/demo/trials")
    call("PUT", "/demo/trials/0/result", {"values": 1})
    assert "Ended" in run("watch", str(store.directory / "demo"))
