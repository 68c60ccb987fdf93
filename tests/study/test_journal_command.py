"""`nni-hpo journal` says what a tuner did, in 80 columns."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import ExperimentError
from nni_hpo_ext.study import show_journal
from nni_hpo_ext.tuners import DiversifiedTuner, RandomTuner

SPACE = {
    "learning_rate": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "optimizer": {"_type": "choice", "_value": ["sgd", "adam"]},
}


def shown(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["journal", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def checkpoint(experiment: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    folder = experiment.directory / "checkpoint"
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(folder))
    return folder


def row(text: str, trial: str) -> str:
    """Return all lines of a trial's row."""
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(f"{trial} "))
    more = [i for i, line in enumerate(lines) if i > first and not line.startswith("      ")]
    return "\n".join(lines[first : more[0]])


def test_each_trial_is_a_row_with_its_result_and_each_rejected_value_one(
    experiment: Any, checkpoint: Any
) -> None:
    tuner = RandomTuner(seed=1)
    tuner.update_search_space(SPACE)
    configs = tuner.generate_multiple_parameters([0, 1, 2, 3])
    tuner.receive_trial_result(0, configs[0], 0.75)
    tuner.receive_trial_result(1, configs[1], "diverged")
    tuner.trial_end(2, False)
    tuner.import_data([{"parameter": {"learning_rate": 9}, "value": 0.5}, "nonsense"])
    resumed = RandomTuner()
    resumed.load_checkpoint()
    resumed.update_search_space(SPACE)
    resumed.generate_parameters(4)
    narrow = io.StringIO()
    show_journal(experiment.directory, Console(file=narrow, width=80, markup=False))
    assert max(len(line) for line in narrow.getvalue().splitlines()[:-3]) <= 80
    text = shown(str(experiment.directory))
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "default=0.75" in row(text, "0")
    assert f"learning_rate={configs[0]['learning_rate']:.4g}" in row(text, "0")
    assert "random" in row(text, "0")
    assert "failed" in row(text, "1")
    assert "'diverged'" in row(text, "1")
    assert "failed: ended without" in row(text, "2")
    assert "resume 1" in text
    assert "1:4" in text
    assert "Suggestions: 5, 3 of them ended" in text
    assert "Fallbacks: 0" in text
    assert "Rejected values: 3; last: {'learning_rate': 9} is not in the search space" in text
    assert "rejected: skipped 'nonsense'" in " ".join(text.split())


def test_fallbacks_are_shown_where_they_happened_and_counted(
    experiment: Any, checkpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuner = DiversifiedTuner("GP-NM", seed=0, num_init_evals=2)
    tuner.update_search_space(SPACE)
    monkeypatch.setattr("nni_hpo_ext.surrogates.GaussianProcess.fit", lambda *_, **__: 1 / 0)
    for i in range(4):
        tuner.receive_trial_result(i, tuner.generate_parameters(i), float(i))
    text = shown(str(experiment.directory))
    assert "fallback: RuntimeError" in " ".join(row(text, "3").split())
    assert "Fallbacks: 2; last: RuntimeError" in text


def test_the_lines_can_be_had_as_they_are(experiment: Any, checkpoint: Any) -> None:
    tuner = RandomTuner(seed=1)
    tuner.update_search_space(SPACE)
    tuner.generate_parameters(0)
    lines = shown(str(experiment.directory), "--raw").splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["start", "space", "suggest"]


@pytest.mark.parametrize(
    "line",
    ['{"event": "suggest"}', '{"event": "result", "id": [1, null]}', '{"event": "start"}', "x",
     '{"event": "space", "space": 7}', '{"event": "rejected"}', '{"event": "suggest", "id": 0, '
     '"params": {"x": [1, "[red]"]}, "arm": null, "probability": 0.25, "time": 1e9}'],
)  # fmt: skip
def test_a_journal_of_another_version_is_shown_as_far_as_it_goes(
    experiment: Any, line: str
) -> None:
    experiment.journal("journal.jsonl", f"{line}\n")
    assert "Suggestions: " in shown(str(experiment.directory))


def test_without_a_journal_there_is_one_clear_line(experiment: Any) -> None:
    done = CliRunner().invoke(app, ["journal", str(experiment.directory)])
    assert isinstance(done.exception, ExperimentError)
    assert "no journal; only the tuners of nni_hpo_ext write one" in str(done.exception)
    done = CliRunner().invoke(app, ["journal", "nosuchid"])
    assert "nosuchid: no experiment with this id" in str(done.exception)
