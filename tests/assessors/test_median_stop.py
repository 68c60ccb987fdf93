"""MedianStopAssessor as NNI drives it."""

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


def three_good() -> MedianStopAssessor:
    assessor = MedianStopAssessor()
    for i, level in enumerate((0.7, 0.8, 0.9)):
        feed(assessor, f"good{i}", [level] * 5)
    return assessor


def test_a_worse_trial_is_stopped_and_a_better_one_is_not() -> None:
    assessor = three_good()
    assert assessor.assess_trial("worse", [0.5]) is BAD
    assert assessor.assess_trial("better", [0.85]) is GOOD


def test_a_stopped_trial_stays_stopped_and_does_not_count() -> None:
    assessor = three_good()
    assert assessor.assess_trial("worse", [0.5]) is BAD
    assert assessor.assess_trial("worse", [0.5, 0.99]) is BAD
    assessor.trial_end("worse", True)
    for i in range(9):
        feed(assessor, f"failed{i}", [0.1] * 5, success=False)
    assert assessor.assess_trial("next", [0.75]) is BAD


def test_dict_reports_are_compared_by_the_named_objective() -> None:
    assessor = MedianStopAssessor(optimize_mode="minimize", objective="loss", min_completed=1)
    feed(assessor, "a", [{"loss": 0.2, "default": 0.9}])
    assert assessor.assess_trial("b", [{"loss": 0.3, "default": 1.0}]) is BAD
    assert assessor.assess_trial("c", [{"loss": 0.1, "default": 0.0}]) is GOOD


ODD = [
    None, "text", "", b"bytes", [], [1, 2], {}, {"other": 1}, {"default": None}, {"default": "x"},
    {"default": {"default": 1}}, True, float("nan"), float("inf"), float("-inf"), 10**400, object(),
    1 + 2j, {1, 2}, lambda: 1,
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda v: repr(v)[:20])
def test_an_odd_report_raises_nothing_and_counts_as_the_worst(odd: Any) -> None:
    assessor = three_good()
    assert assessor.assess_trial("odd", [odd]) is BAD
    feed(assessor, "odd completed", [odd, odd])
    assert assessor.assess_trial("ok", [0.85]) is GOOD


def test_an_end_without_history_is_ignored() -> None:
    assessor = MedianStopAssessor()
    assessor.trial_end("unknown", True)
    assert assessor.assess_trial("first", [0.1]) is GOOD


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"optimize_mode": "max"}, "optimize_mode 'max'"),
        ({"start_step": -1}, "start_step -1"),
        ({"min_completed": 0}, "min_completed 0"),
        ({"interval": 1.5}, "interval 1.5"),
        ({"objective": ""}, "objective ''"),
    ],
)
def test_a_wrong_argument_is_refused_by_name_and_value(arguments: Any, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        MedianStopAssessor(**arguments)


def test_stops_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    three_good().assess_trial("worse", [0.5])
    (line,) = (tmp_path / "assessor.jsonl").read_text().splitlines()
    event = json.loads(line)
    assert (event["event"], event["trial"], event["step"]) == ("stop", "worse", 1)
    assert (event["value"], event["threshold"]) == (0.5, 0.8)
