"""MedianStopAssessor as NNI drives it; what any assessor must stand is in the conformance suite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nni.assessor import AssessResult

from nni_hpo_ext.assessors import MedianStopAssessor
from nni_hpo_ext.errors import ConfigError

GOOD, BAD = AssessResult.Good, AssessResult.Bad


def feed(assessor: MedianStopAssessor, name: str, curve: list[Any], success: bool = True) -> None:
    for step in range(1, len(curve) + 1):
        assessor.assess_trial(name, curve[:step])
    assessor.trial_end(name, success)


def three_good(**arguments: Any) -> MedianStopAssessor:
    assessor = MedianStopAssessor(**arguments)
    for i, level in enumerate((0.7, 0.8, 0.9)):
        feed(assessor, f"good{i}", [level] * 5)
    return assessor


@pytest.mark.parametrize("rule", ["consensus", "median"])
def test_a_worse_trial_is_stopped_and_a_better_one_is_not(rule: str) -> None:
    assessor = three_good(rule=rule)
    assert assessor.assess_trial("worse", [0.5, 0.5]) is BAD
    assert assessor.assess_trial("better", [0.85, 0.85]) is GOOD


def test_the_arguments_of_nnis_medianstop_are_taken() -> None:
    assessor = three_good(optimize_mode="minimize", start_step=3)
    assert assessor.assess_trial("worse", [0.99] * 2) is GOOD
    assert assessor.assess_trial("worse", [0.99] * 3) is BAD


def test_nothing_is_stopped_before_enough_trials_completed() -> None:
    assert three_good(min_completed=4).assess_trial("worse", [0.5, 0.5]) is GOOD


def test_a_stopped_trial_counts_only_if_it_is_to() -> None:
    answers = {}
    for counts in (True, False):
        assessor = three_good(rule="median", count_stopped=counts)
        for i in range(3):
            assert assessor.assess_trial(f"worse{i}", [0.5]) is BAD
            assessor.trial_end(f"worse{i}", False)
        for i in range(9):  # these were killed, not stopped: they say nothing
            assessor.assess_trial(f"failed{i}", [0.99])
            assessor.trial_end(f"failed{i}", False)
        answers[counts] = assessor.assess_trial("next", [0.6])
    assert answers == {True: GOOD, False: BAD}


def test_the_best_are_never_stopped() -> None:
    levels = [0.86, 0.6]
    kept = three_good(rule="median", keep_best=4)
    assert [kept.assess_trial(str(v), [v]) for v in levels] == [GOOD, GOOD]
    kept = three_good(rule="median", keep_best=3)
    assert [kept.assess_trial(str(v), [v]) for v in levels] == [GOOD, BAD]


def test_no_more_than_the_allowed_share_is_stopped() -> None:
    assessor = three_good(max_stopped_fraction=0.3)
    levels = [0.5 - 0.01 * i for i in range(10)]
    answers = [assessor.assess_trial(f"worse{v}", [v, v]) for v in levels]
    assert answers.count(BAD) == 3  # of 3 + 7 trials known by the time of the third


def test_dict_reports_are_compared_by_the_named_objective() -> None:
    assessor = MedianStopAssessor(optimize_mode="minimize", objective="loss")
    for loss in (0.2, 0.21, 0.22):
        feed(assessor, f"a{loss}", [{"loss": loss, "default": 0.9}] * 4)
    assert assessor.assess_trial("b", [{"loss": 0.3, "default": 1.0}] * 2) is BAD
    assert assessor.assess_trial("c", [{"loss": 0.1, "default": 0.0}] * 2) is GOOD


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"optimize_mode": "max"}, "optimize_mode must be .* got 'max'"),
        ({"start_step": -1}, "start_step must be .* got -1"),
        ({"min_completed": 0}, "min_completed must be .* got 0"),
        ({"interval": 1.5}, "interval must be .* got 1.5"),
        ({"objective": ""}, "objective must be .* got ''"),
        ({"rule": "mean"}, "rule must be .* got 'mean'"),
        ({"caution": -0.5}, "caution must be .* got -0.5"),
        ({"caution": float("nan")}, "caution must be .* got nan"),
        ({"keep_best": True}, "keep_best must be .* got True"),
        ({"max_stopped_fraction": 1.5}, "max_stopped_fraction must be .* got 1.5"),
        ({"count_stopped": "yes"}, "count_stopped must be .* got 'yes'"),
    ],
)
def test_a_wrong_argument_is_refused_by_name_and_value(arguments: Any, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        MedianStopAssessor(**arguments)


def test_a_stop_is_recorded_once_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    assessor = three_good(rule="median")
    for step in (1, 2, 3):
        assert assessor.assess_trial("worse", [0.5] * step) is BAD
    events = [json.loads(x) for x in (tmp_path / "assessor.jsonl").read_text().splitlines()]
    (stop,) = [e for e in events if e["event"] == "stop"]
    assert (stop["trial"], stop["step"], stop["value"]) == ("worse", 1, 0.5)
    assert stop["threshold"] == 0.8
    assert stop["reason"] == "best 0.5 is worse than the median 0.8"


def test_a_full_disk_changes_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    assessor = three_good()
    (tmp_path / "assessor.jsonl").unlink()
    (tmp_path / "assessor.jsonl").mkdir()  # nothing can be written there
    assert assessor.assess_trial("worse", [0.5, 0.5]) is BAD
    assessor.trial_end("worse", False)
    assert assessor.assess_trial("worse too", [0.5, 0.5]) is BAD


def test_stops_before_a_resume_count_in_the_allowed_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    feed(three_good(max_stopped_fraction=0.25), "worse", [0.5, 0.5])
    resumed = MedianStopAssessor(max_stopped_fraction=0.25)
    resumed.load_checkpoint()
    assert resumed.assess_trial("a", [0.5, 0.5]) is GOOD  # 1 of 5; one more would be 2
    for i in range(2):
        resumed.assess_trial(f"other{i}", [0.85, 0.85])
    assert resumed.assess_trial("b", [0.5, 0.5]) is BAD  # 2 of 8
