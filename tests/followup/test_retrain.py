"""`nni-hpo retrain` runs the best trials again with new seeds, and says what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from experiment_files import FakeExperiment
from followup_files import config
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import DataError, ExperimentError
from nni_hpo_ext.followup import Rerun, Retrained, Retraining, retrain
from nni_hpo_ext.study import End, Study, TrialRecord, load_study
from nni_hpo_ext.types import Objective

GOAL = Objective("default", "maximize")


def study_of(experiment: FakeExperiment) -> Study:
    return load_study(str(experiment.directory))


def test_the_best_is_trained_with_new_seeds_and_its_lead_is_real(finished: FakeExperiment) -> None:
    result = CliRunner().invoke(
        app, ["retrain", str(finished.directory), "--seeds", "4", "--jobs", "2"]
    )
    assert result.exit_code == 0, result.output
    assert "The lead of trial 7 over trial 6 is real: default 0.7" in result.output
    assert result.output.count(", seed ") == 8


def test_finished_trainings_are_not_repeated(finished: FakeExperiment, tmp_path: Path) -> None:
    study, path, said = study_of(finished), tmp_path / "runs.jsonl", list[Rerun]()
    first = retrain(study, seeds=1, path=path, say=said.append)
    assert len(said) == 2
    again = retrain(study, seeds=2, path=path, say=said.append)
    assert len(said) == 4
    for old, new in zip(first.candidates, again.candidates, strict=True):
        assert set(map(str, old.runs)) < set(map(str, new.runs))


def test_the_seeds_are_new_and_reach_the_script(finished: FakeExperiment) -> None:
    finished.submit("job8", 8, 8, {"x": 8, "seed": 2})
    finished.report("job8", 8, {"default": 0.8}, final=True)
    finished.event("job8", "SUCCEEDED", 8)
    (best,) = retrain(study_of(finished), seeds=2, top=1).candidates
    assert [run.seed for run in best.runs] == [1, 3]
    assert len({run.values["default"] for run in best.runs}) == 2


def test_a_script_that_ignores_the_seed_is_told_so(finished: FakeExperiment) -> None:
    found = retrain(study_of(finished), seeds=2, seed_name="unused")
    assert found.verdicts()[0].startswith("Every seed gave the same result")


def test_the_front_is_trained_again(experiment: FakeExperiment) -> None:
    goals = {"default": "maximize", "size": "minimize"}
    experiment.config(config(tuner={"name": "Dragonfly", "classArgs": {"objectives": goals}}))
    for number in (3, 7):
        experiment.trial(number, {"default": number / 10, "size": number})
    experiment.is_managed = False
    found = retrain(study_of(experiment), seeds=1, front=True)
    assert found.verdicts()[0] == "By the means over seeds, trials 7, 3 stay on the front."


def test_a_failure_is_told_and_only_that_of_all_is_an_error(experiment: FakeExperiment) -> None:
    experiment.config(config())
    for number in (5, 95):
        experiment.trial(number, {"default": number / 10})
    experiment.is_managed = False
    found = retrain(study_of(experiment), seeds=2)
    assert found.verdicts() == ["Trial 95 has no result with a new seed.", "2 trainings failed."]
    assert found.candidates[0].runs[0].error == "no such model"
    with pytest.raises(ExperimentError, match="all trainings failed: no such model; it got the"):
        retrain(study_of(experiment), seeds=1, top=1)


def test_what_cannot_be_trained_is_named(finished: FakeExperiment) -> None:
    with pytest.raises(DataError, match="no Pareto front"):
        retrain(study_of(finished), front=True)
    finished.config(config(trialCommand=""))
    with pytest.raises(DataError, match="no trial command"):
        retrain(study_of(finished))


def retrained(number: int, before: float, values: list[float]) -> Retrained:
    trial = TrialRecord(number, "", End.SUCCEEDED, values={"default": before})
    runs = [Rerun(number, seed, {"default": value}) for seed, value in enumerate(values)]
    return Retrained(trial, tuple(runs))


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            [0.95, 0.96, 0.94, 0.97],
            [0.91, 0.92, 0.9, 0.93],
            "The lead of trial 1 over trial 2 is r",
        ),
        ([0.95, 0.9, 0.94, 0.89], [0.91, 0.96, 0.9, 0.93], "is not confirmed"),
        ([0.91, 0.92, 0.9, 0.93], [0.95, 0.96, 0.94, 0.97], "Trial 2 is better than trial 1"),
        ([0.9, 0.91, 0.92], [0.1, 0.2, 0.3], "A lead cannot be tested with fewer than 4"),
    ],
)
def test_the_verdict_follows_the_test(first: Any, second: Any, said: str) -> None:
    found = Retraining((GOAL,), (retrained(1, 0.9, first), retrained(2, 0.9, second)))
    assert said in found.verdicts()[0]


def test_a_result_that_no_new_seed_reaches_was_luck() -> None:
    lucky = retrained(1, 0.99, [0.95, 0.9, 0.94, 0.89])
    (_, said) = Retraining((GOAL,), (lucky,)).verdicts()
    assert said.startswith("Trial 1 had 0.99 in the search, better than with any new seed: ")


@given(st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_a_lead_is_real_for_one_of_two_at_most(values: list[int]) -> None:
    """Whichever of two trials is called the first, both cannot lead."""
    one, other = retrained(1, 0, values[:4]), retrained(2, 0, values[4:])
    leads = [
        Retraining((GOAL,), pair).verdicts()[0].endswith(" is real")
        or " is real: " in Retraining((GOAL,), pair).verdicts()[0]
        for pair in ((one, other), (other, one))
    ]
    assert sum(leads) <= 1
