"""What trials report becomes objective values or a named failure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.metrics import objectives_from_config, objectives_from_report, read_final
from nni_hpo_ext.types import Objective, TrialStatus

ONE = (Objective("default", "maximize"),)
TWO = (Objective("default", "maximize"), Objective("runtime", "minimize"))
COMPLETED, STOPPED, FAILED = TrialStatus.COMPLETED, TrialStatus.STOPPED, TrialStatus.FAILED

UNUSABLE = [
    float("nan"), float("inf"), float("-inf"), None, "text", "0.5", "", [0.5], [], {}, {"loss": 1},
    {"default": "text"}, {"default": {"default": 1}}, {"default": float("nan")}, True,
    10**400, np.array([0.5, 0.6]), object(),
]  # fmt: skip


@pytest.mark.parametrize("value", UNUSABLE, ids=lambda v: repr(v).partition(" at ")[0][:24])
@pytest.mark.parametrize("objectives", [ONE, TWO], ids=["one", "two"])
def test_an_unusable_value_is_a_failure_with_a_reason(objectives: Any, value: Any) -> None:
    outcome = read_final(value, objectives, declared=True)
    assert outcome.status is FAILED
    assert outcome.problem
    assert outcome.values == ()


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.array(0.5), {"default": 0.5}])
def test_a_number_or_a_dict_is_read(value: Any) -> None:
    outcome = read_final(value, ONE, declared=True)
    assert (outcome.status, outcome.values, outcome.problem) == (COMPLETED, (0.5,), "")


def test_a_missing_objective_is_missing_for_that_trial_alone() -> None:
    outcome = read_final({"default": 0.5, "runtime": None}, TWO, declared=True)
    assert outcome.status is COMPLETED
    assert outcome.values[0] == 0.5
    assert math.isnan(outcome.values[1])
    assert "runtime" in outcome.problem


def test_a_plain_number_stands_for_the_default_objective() -> None:
    outcome = read_final(0.5, TWO, declared=True)
    assert outcome.status is COMPLETED
    assert outcome.values[0] == 0.5
    assert "'runtime' is missing" in outcome.problem
    assert read_final(0.5, (Objective("loss", "minimize"),), declared=True).values == (0.5,)


def test_an_interrupted_trial_counts_with_its_first_objective_only() -> None:
    outcome = read_final({"default": 0.5, "runtime": 1.0, "partial": 1}, TWO, declared=True)
    assert outcome.status is STOPPED
    assert outcome.values[0] == 0.5
    assert math.isnan(outcome.values[1])
    nothing = read_final({"default": None, "runtime": 1.0, "partial": 1}, TWO, declared=True)
    assert nothing.status is FAILED


def test_a_partial_result_may_name_what_would_still_have_changed() -> None:
    goals = (*TWO, Objective("size", "minimize"))
    value = {"default": 0.5, "runtime": 1.0, "size": 7, "partial": ["default", "runtime"]}
    reading = read_final(value, goals, declared=True)
    assert reading.status is STOPPED
    assert reading.values[0] == 0.5
    assert math.isnan(reading.values[1])
    assert reading.values[2] == 7.0


def test_the_older_form_declares_objectives() -> None:
    value = {"runtime": 2.0, "default": 0.5, "note": "x", "maximize": ["default"]}
    assert objectives_from_report(value) == TWO
    assert objectives_from_report({"default": 0.5}) is None
    assert objectives_from_report(0.5) is None


@pytest.mark.parametrize("maximize", [["runtime"], [], "runtime", 3])
def test_a_report_that_contradicts_the_declared_directions_fails(maximize: Any) -> None:
    value = {"default": 0.5, "runtime": 2.0, "maximize": maximize}
    outcome = read_final(value, TWO, declared=True)
    assert outcome.status is FAILED
    assert "maximi" in outcome.problem
    for right in (["default"], "default"):
        assert read_final({**value, "maximize": right}, TWO, True).status is COMPLETED


@pytest.mark.parametrize(
    ("objectives", "mode", "named"),
    [
        ({"a": "max"}, "maximize", "'max'"),
        ({}, "maximize", "{}"),
        (["a"], "maximize", "'a'"),
        ({"": "minimize"}, "maximize", "name must be .* got ''"),
        (None, "max", "optimize_mode must be .* got 'max'"),
    ],
)
def test_a_malformed_declaration_is_refused(objectives: Any, mode: Any, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        objectives_from_config(objectives, mode)


def test_an_objective_may_have_a_label_and_a_unit() -> None:
    given = {
        "default": {"direction": "maximize", "label": "accuracy", "unit": "%"},
        "ms": "minimize",
    }
    first, second = objectives_from_config(given, "maximize") or ()
    assert (first.direction, first.shown, first.title) == ("maximize", "accuracy", "accuracy (%)")
    assert (second.shown, second.title) == ("ms", "ms")
    assert first == Objective("default", "maximize")  # a label changes nothing but what is shown


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ({"direction": "up"}, "direction must be 'maximize' or 'minimize', got 'up'"),
        ({"label": "accuracy"}, "direction must be 'maximize' or 'minimize', got None"),
        (
            {"direction": "maximize", "lable": "x"},
            "unknown key 'lable'; use direction, label, unit",
        ),
        ({"direction": "maximize", "unit": 3}, "unit must be a text, got 3"),
    ],
)
def test_a_malformed_objective_is_one_clear_line(goal: object, said: str) -> None:
    with pytest.raises(ConfigError, match=f"objective 'default': {said}"):
        objectives_from_config({"default": goal}, "maximize")
