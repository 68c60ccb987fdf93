"""CompoundStopAssessor as NNI drives it."""

from __future__ import annotations

from typing import Any

import pytest
from nni.assessor import AssessResult

from nni_hpo_ext.assessors import CompoundStopAssessor
from nni_hpo_ext.errors import ConfigError

GOOD, BAD = AssessResult.Good, AssessResult.Bad


def experienced(**arguments: Any) -> CompoundStopAssessor:
    assessor = CompoundStopAssessor(**arguments)
    for i in range(5):
        for step in range(1, 11):
            assessor.assess_trial(f"t{i}", [0.5 + 0.05 * i] * step)
        assessor.trial_end(f"t{i}", True)
    return assessor


@pytest.mark.parametrize("max_epochs", [10, None])
def test_the_worst_is_stopped_at_the_half_and_the_middling_near_the_end(
    max_epochs: int | None,
) -> None:
    for level, stopped_at in ((0.1, 5), (0.6, 9), (0.9, None)):
        assessor = experienced(max_epochs=max_epochs)
        answers = [assessor.assess_trial("x", [level] * step) for step in range(1, 11)]
        assert (answers.index(BAD) + 1 if BAD in answers else None) == stopped_at


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"optimize_mode": None}, "optimize_mode must be .* got None"),
        ({"max_epochs": 1}, "max_epochs must be .* got 1"),
        ({"beta": 0.5}, "beta must be .* got 0.5"),
        ({"beta": "0.1"}, "beta must be .* got '0.1'"),
        ({"min_completed": 0}, "min_completed must be .* got 0"),
        ({"max_stopped_fraction": -1}, "max_stopped_fraction must be .* got -1"),
    ],
)
def test_a_wrong_argument_is_refused_by_name_and_value(arguments: Any, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        CompoundStopAssessor(**arguments)
