"""`nni-hpo next` writes a config that NNI takes and that goes on where the experiment ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from experiment_files import FakeExperiment
from followup_files import config
from typer.testing import CliRunner, Result

from nni_hpo_ext import registry
from nni_hpo_ext.check import check_config
from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.followup import next_config
from nni_hpo_ext.report import next_space
from nni_hpo_ext.study import load_study
from nni_hpo_ext.tuners import RandomTuner


def run(experiment: FakeExperiment, *options: Any) -> Result:
    arguments = ["next", str(experiment.directory), *map(str, options)]
    return CliRunner().invoke(app, arguments)


def written(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def test_the_config_is_sound_and_goes_on(
    finished: FakeExperiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))
    registry.register()
    path = tmp_path / "next.yml"
    result = run(finished, "--out", path, "--trials", 30)
    assert result.exit_code == 0, result.output
    assert f"Then: nni-hpo run {path}" in result.output
    assert [str(f) for f in check_config(path) if f.is_error] == []
    found = written(path)
    assert (found["experimentName"], found["maxTrialNumber"]) == ("digits-2", 30)
    assert found["trialCommand"] == config()["trialCommand"]
    assert found["tuner"]["classArgs"] == {
        "objectives": {"default": "maximize"},
        "start_from": str(finished.directory.resolve()),
    }


def test_the_space_is_the_proposed_one(experiment: FakeExperiment, tmp_path: Path) -> None:
    experiment.config(config())
    for number in range(100):
        experiment.trial(number, {"default": -abs(number - 20) / 10})
    experiment.is_managed = False
    path = tmp_path / "next.yml"
    assert run(experiment, "--out", path).exit_code == 0
    proposed = next_space(load_study(str(experiment.directory)))
    assert proposed.changed
    assert written(path)["searchSpace"] == proposed.space != config()["searchSpace"]
    assert "# x: narrowed from [0, 100] to" in path.read_text()
    kept = tmp_path / "kept.yml"
    assert run(experiment, "--out", kept, "--keep-space").exit_code == 0
    assert written(kept)["searchSpace"] == config()["searchSpace"]


def test_a_tuner_learns_from_the_best_trials_in_the_config(
    finished: FakeExperiment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "next.yml"
    assert run(finished, "--out", path, "--warm-start", "best").exit_code == 0
    best = written(path)["tuner"]["classArgs"]["start_from"]
    assert best[0] == {"parameter": {"x": 7}, "value": {"default": 0.7}}
    tuner = RandomTuner(objectives={"default": "maximize"}, start_from=best, seed=0)
    with caplog.at_level("INFO"):
        tuner.update_search_space(written(path)["searchSpace"])
        tuner.generate_parameters(0)
    assert "learnt from 8 results" in caplog.text


def test_a_tuner_of_nni_gets_no_argument_that_it_does_not_know(finished: FakeExperiment) -> None:
    finished.config(config(tuner={"name": "TPE", "classArgs": {"optimize_mode": "maximize"}}))
    found = next_config(load_study(str(finished.directory)))
    assert found.config["tuner"]["classArgs"] == {"optimize_mode": "maximize"}
    assert any("TPE cannot learn" in note for note in found.notes)


def test_names_count_and_an_earlier_warm_start_is_replaced(finished: FakeExperiment) -> None:
    tuner = {"name": "Grid", "classArgs": {"optimize_mode": "maximize", "start_from": "old"}}
    finished.config(config(experimentName="digits-9", tuner=tuner))
    study = load_study(str(finished.directory))
    found = next_config(study, warm_start="none")
    assert found.config["experimentName"] == "digits-10"
    assert "start_from" not in found.config["tuner"]["classArgs"]


def test_nothing_is_overwritten_and_what_has_no_config_is_named(
    finished: FakeExperiment, tmp_path: Path
) -> None:
    path = tmp_path / "next.yml"
    path.write_text("mine")
    assert "exists; give another --out" in str(run(finished, "--out", path).exception)
    assert path.read_text() == "mine"
    trace = tmp_path / "branin.jsonl"
    arguments = ["simulate", "branin", "5", "-m", "RANDOM", "--out", str(trace)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    with pytest.raises(DataError, match="not an NNI experiment with a trial command"):
        next_config(load_study(str(trace)))
