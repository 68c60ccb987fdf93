"""`nni-hpo test` scores the best trial on the test part, at the end, once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from experiment_files import FakeExperiment
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.experiment import score_best
from nni_hpo_ext.remote import Execution, Machine, Reply, _output
from nni_hpo_ext.report import write_report
from nni_hpo_ext.study import read_study

SCRIPT = """
from pathlib import Path
from nni_hpo_ext.trial import score_request, trial_parameters
params = trial_parameters({"x": -1})
request = score_request()
score = float((request.directory / "model.txt").read_text()) + params["x"]
with Path("runs").open("a") as runs:
    runs.write("once ")
request.answer(score, metric="accuracy", examples=7, dataset="digits")
"""


@pytest.fixture
def finished(experiment: FakeExperiment, tmp_path: Path) -> FakeExperiment:
    """Two trials have ended; the second is the better one, and kept a model."""
    experiment.config(
        {
            "tuner": {"classArgs": {"optimize_mode": "maximize"}},
            "trialCommand": "exec python3 trial.py",
            "trialCodeDirectory": str(tmp_path),
        }
    )
    (tmp_path / "trial.py").write_text(SCRIPT)
    for number, value in enumerate((0.5, 0.75)):
        job = experiment.trial(number, value)
        folder = experiment.directory / "environments" / "local-env" / "trials" / job
        folder.mkdir(parents=True)
    (folder / "model.txt").write_text("0.25")
    experiment.is_managed = False
    return experiment


def test_the_best_trial_is_scored_once(finished: FakeExperiment, tmp_path: Path) -> None:
    score = score_best(read_study(finished.directory))
    assert (score.trial, score.value, score.validation) == (1, 1.25, 0.75)
    assert (score.metric, score.examples, score.dataset) == ("accuracy", 7, "digits")
    finished.trial(2, 0.9)
    assert score_best(read_study(finished.directory)) == score
    assert (tmp_path / "runs").read_text() == "once "


def test_the_command_and_the_report_show_it(finished: FakeExperiment, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["test", str(finished.directory)])
    line = "trial 1 on the test part of digits (7 examples): accuracy 1.25, default in the search"
    assert line in done.output, done.output
    page = tmp_path / "report.md"
    write_report(read_study(finished.directory), page, "md")
    assert "Test accuracy" in page.read_text()
    assert "1.25" in page.read_text()


def test_it_waits_for_the_end(finished: FakeExperiment) -> None:
    finished.is_managed = True
    finished.submit("job2", 2, 2, {"x": 2})
    with pytest.raises(ExperimentError, match=r"1 trial\(s\) have not ended"):
        score_best(read_study(finished.directory))


def test_other_data_than_those_of_the_trial_are_an_error(finished: FakeExperiment) -> None:
    job = finished.trial(2, {"default": 0.9, "dataset": "plant_leaves"})
    folder = finished.directory / "environments" / "local-env" / "trials" / job
    folder.mkdir()
    (folder / "model.txt").write_text("0.25")
    with pytest.raises(
        ExperimentError, match=r"trained on 'plant_leaves', but .* 'digits'; set NNI"
    ):
        score_best(read_study(finished.directory))
    assert read_study(finished.directory).score is None


def test_a_model_on_a_worker_is_fetched(
    finished: FakeExperiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = next(finished.directory.glob("environments/*/trials/*/model.txt"))
    trial = f"nni-experiments/{finished.directory.name}/environments/env7/trials/{here.parent.name}"
    there = tmp_path / "worker" / trial
    there.mkdir(parents=True)
    here.rename(there / "model.txt")
    (there / "trial.log").write_text("not a model")

    def run(machines: list[Machine], script: str, seconds: float, connect: float) -> list[Reply]:
        """Run a script as ssh does on a machine that has another home directory."""
        done = subprocess.run(
            [sys.executable, "-"], input=script, env={"HOME": str(tmp_path / "worker")},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return [Reply(runs=(Execution("python -", done.stdout, "", 0),)) for _ in machines]

    monkeypatch.setattr(_output, "run_python", run)
    entry = {"host": "gpu1", "user": "ada", "sshKeyFile": "/keys/a"}
    config = dict(read_study(finished.directory).config)
    finished.config(config | {"trainingService": {"platform": "remote", "machineList": [entry]}})
    assert score_best(read_study(finished.directory)).value == 1.25
    (fetched,) = finished.directory.glob("environments/fetched/trials/*/*")
    assert fetched.name == "model.txt"


def test_a_trial_without_a_model_is_named(finished: FakeExperiment) -> None:
    next(finished.directory.glob("environments/*/trials/*/model.txt")).unlink()
    with pytest.raises(ExperimentError, match=r"trial 1 \(job1\) kept no model"):
        score_best(read_study(finished.directory))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('no data')", "exit code 1: ValueError: no data"),
        ("print('trained as usual')", "did not answer; use train"),
    ],
)
def test_a_script_that_does_not_answer_is_an_error(
    script: str, message: str, finished: FakeExperiment, tmp_path: Path
) -> None:
    (tmp_path / "trial.py").write_text(script)
    with pytest.raises(ExperimentError, match=message):
        score_best(read_study(finished.directory))
    assert read_study(finished.directory).score is None


def test_a_damaged_score_is_named(finished: FakeExperiment) -> None:
    (finished.directory / "test.json").write_text("[]")
    with pytest.raises(DataError, match=r"test\.json cannot be read"):
        read_study(finished.directory)
