"""`nni-hpo conformance`: any class, whatever it does to the process that it runs in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.testing.runner import CaseOutcome, SuiteReport, run_suite
from nni_hpo_ext.testing.runner_main import suite_for
from nni_hpo_ext.testing.show import markdown, show

_ALGORITHMS = """
import os, time
from nni.tuner import Tuner
from nni.assessor import Assessor, AssessResult
from nni.runtime.msg_dispatcher_base import MsgDispatcherBase

class Constant(Tuner):
    def __init__(self, lr=0.01):
        self.lr = lr
    def update_search_space(self, space):
        assert "lr" in space
    def generate_parameters(self, number, **kwargs):
        return {"lr": self.lr, "batch": 32, "optimizer": "sgd"}
    def receive_trial_result(self, number, parameters, value, **kwargs):
        if value == "diverged":
            os._exit(3)

class Hangs(Constant):
    def update_search_space(self, space):
        time.sleep(600)

class Good(Assessor):
    def assess_trial(self, job, history):
        return AssessResult.Good

class Advisor(MsgDispatcherBase):
    pass
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.py").write_text(_ALGORITHMS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("mine")
def test_a_tuner_that_ends_its_process_fails_those_cases_alone() -> None:
    report = run_suite("mine.Constant", {}, seconds=120.0)
    assert report.kind == "tuner"
    states = {(o.group, o.name): o for o in report.outcomes}
    assert states["final values", "NaN"].state == "passed"
    assert states["final values", "text"].state == "died"
    assert "exit code 3" in states["final values", "text"].said
    assert states["final values", "empty text"].state == "passed"
    assert states["finite spaces", "grid"].said.startswith("AssertionError")
    assert "the constructor accepts no seed" in states["determinism", "the seed decides"].said
    assert len(states) == len(report.outcomes)


@pytest.mark.usefixtures("mine")
def test_a_tuner_that_hangs_is_not_waited_for() -> None:
    report = run_suite("mine.Hangs", {}, seconds=0.2)
    states = [o.state for o in report.outcomes]
    assert states[:3] == ["hung"] * 3
    assert set(states[3:]) == {"not run"}
    assert report.bad


@pytest.mark.usefixtures("mine")
def test_what_cannot_be_made_is_said() -> None:
    report = run_suite("mine.Constant", {"size": 3}, seconds=60.0)
    assert "unexpected keyword argument 'size'" in report.fault
    assert report.bad
    assert report.outcomes == []


def test_an_advisor_is_neither(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(mine)
    with pytest.raises(TypeError, match=r"neither an NNI tuner .*MsgDispatcherBase"):
        suite_for("mine.Advisor", {})
    assert suite_for("mine.Good", {}).KIND == "assessor"


@pytest.mark.usefixtures("mine")
def test_an_assessor_as_json() -> None:
    done = CliRunner().invoke(app, ["conformance", "mine.Good", "--format", "json"])
    assert done.exit_code == 1
    (report,) = json.loads(done.stdout)
    assert report["kind"] == "assessor"
    states = {o["name"]: o["state"] for o in report["outcomes"]}
    assert states["the best trial runs on"] == "passed"
    assert states["a hopeless trial is stopped and stays stopped"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Nobody",), "algorithm 'Nobody' is not registered in NNI"),
        (("mine.Constant", "--class-args", "{"), "--class-args '{' is not valid JSON"),
        (
            ("mine.Constant", "--class-args", "[1]"),
            "must be an object {\"name\": value}, got '[1]'",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, ["conformance", *arguments])
    assert isinstance(done.exception, ConfigError)
    assert said in str(done.exception)


REPORT = SuiteReport(
    "pkg.module.Mine",
    "tuner",
    outcomes=[
        CaseOutcome("imports", "empty", "passed"),
        CaseOutcome("imports", "NaN", "failed", "ValueError: " + "far too long " * 20),
        CaseOutcome(
            "determinism", "the seed decides", "skipped", "the constructor accepts no seed"
        ),
    ],
)


def test_the_table_fits_80_columns() -> None:
    console = Console(width=80, record=True, markup=False, highlight=False)
    show(REPORT, console)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "1/2" in text
    assert "NaN: ValueError" in text
    assert "3 cases: 1 passed, 1 failed, 1 skipped" in text


def test_markdown_has_a_row_for_each_algorithm() -> None:
    broken = SuiteReport("old.Tuner", fault="ImportError: <x> | y")
    lines = markdown([REPORT, broken]).splitlines()
    assert "| tuner | imports | determinism | all |" in lines
    assert "| pkg: Mine | 1/2 | skipped | 1/2 |" in lines
    assert "| old: Tuner | ImportError: &lt;x> \\| y |" in lines
