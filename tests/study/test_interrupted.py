"""Trials that were running when the manager ended, and the list of experiments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.study import End, find_experiment, load_study


@pytest.fixture
def cut_off(experiment: Any) -> Any:
    experiment.trial(0, 0.5)
    experiment.submit("job1", 1, 1, {"x": 1})
    experiment.report("job1", 1, 0.75)
    experiment.event("job2", "WAITING", 2)
    experiment.is_managed = False
    return experiment


def test_without_a_manager_what_ran_was_interrupted(cut_off: Any) -> None:
    study = load_study(str(cut_off.directory))
    assert [t.end for t in study.trials] == [End.SUCCEEDED, End.INTERRUPTED, End.INTERRUPTED]
    assert study.trials[1].reason == "the experiment was stopped"
    assert study.trials[1].seconds == 1.0  # up to its last report


def test_with_a_manager_it_still_runs(cut_off: Any) -> None:
    cut_off.is_managed = True
    ends = [t.end for t in load_study(str(cut_off.directory)).trials]
    assert ends == [End.SUCCEEDED, End.RUNNING, End.WAITING]


def test_a_trial_that_the_time_limit_ended_says_so(experiment: Any) -> None:
    experiment.trial(0, {"default": 0.4, "partial": 1}, status="")
    experiment.event("job0", "USER_TO_CANCEL", 0)
    experiment.event("job0", "USER_CANCELED", 0)
    cut = {"event": "cut", "trial": "job0", "reason": "the time limit was reached"}
    experiment.journal("run.jsonl", json.dumps(cut) + "\n")
    (trial,) = load_study(str(experiment.directory)).trials
    assert (trial.end, trial.reason) == (End.INTERRUPTED, "the time limit was reached")
    assert trial.values == {"default": 0.4}


# ---------------------------------------------------------------- the list


@pytest.fixture
def home(experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory whose list of experiments names one that lies elsewhere."""
    folder = tmp_path / "home" / "nni-experiments"
    folder.mkdir(parents=True)
    entries = {"exp1": {"logDir": str(experiment.directory.parent)}, "gone": {"logDir": "/none"}}
    (folder / ".experiment").write_text(json.dumps(entries))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return folder


@pytest.mark.usefixtures("home")
def test_latest_is_an_id(experiment: Any) -> None:
    assert find_experiment("latest") == experiment.directory.resolve()
    experiment.trial(0, 0.5)
    assert load_study("latest").trials[0].values == {"default": 0.5}


def test_without_experiments_there_is_no_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ExperimentError, match="nni-hpo run"):
        find_experiment("latest")


@pytest.mark.usefixtures("home")
def test_the_list_shows_state_best_and_time(experiment: Any) -> None:
    experiment.config({"experimentName": "night\x1b[2J", "tuner": {"name": "Random"}})
    experiment.trial(0, 0.25)
    experiment.trial(1, 0.75)
    result = CliRunner().invoke(app, ["list"])
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith("exp1")]
    assert line.split()[:5] == ["exp1", r"night\x1b[2J", "running", "2", "default=0.75"]
    assert line == line.rstrip()


@pytest.mark.usefixtures("home")
def test_the_list_tells_an_interrupted_experiment(experiment: Any) -> None:
    experiment.trial(0, 0.25)
    experiment.is_managed = False
    assert "interrupted" in CliRunner().invoke(app, ["list"]).output
