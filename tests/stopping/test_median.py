"""The median rule against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.stopping import MedianRule

CURVE = st.lists(st.floats(-5, 5), min_size=1, max_size=6)


def should_stop(completed: list[list[float]], curve: list[float], min_completed: int) -> bool:
    """Vizier's definition, literally, for values to be maximised."""
    step = len(curve)
    averages = sorted(np.mean(c[:step]) for c in completed if len(c) >= step)
    if len(averages) < max(min_completed, 1):
        return False
    return max(curve) < averages[(len(averages) - 1) // 2] - 1e-12


@given(st.lists(CURVE, max_size=7), CURVE, st.integers(1, 4))
def test_the_rule_is_viziers(completed: list[list[float]], curve: list[float], least: int) -> None:
    rule = MedianRule("maximize", min_completed=least)
    mirrored = MedianRule("minimize", min_completed=least)
    for c in completed:
        rule.complete(c)
        mirrored.complete([-v for v in c])
    decision = rule.assess(curve)
    if not decision.stop or decision.threshold - decision.best > 1e-9:  # not a rounding tie
        assert decision.stop == should_stop(completed, curve, least)
    assert mirrored.assess([-v for v in curve]).stop == decision.stop


def completed_rule(**options: int) -> MedianRule:
    rule = MedianRule("maximize", **options)
    for level in (0.5, 0.6, 0.7):
        rule.complete([level] * 9)
    return rule


def test_start_step_and_interval_say_when_a_trial_is_checked() -> None:
    rule = completed_rule(start_step=3, interval=2)
    assert [rule.assess([0.1] * s).stop for s in range(1, 9)] == [
        s in (3, 5, 7) for s in range(1, 9)
    ]


def test_nothing_stops_before_enough_trials_completed() -> None:
    assert not completed_rule(min_completed=4).assess([0.1]).stop
    assert completed_rule(min_completed=3).assess([0.1]).stop


def test_a_tie_with_the_median_goes_on() -> None:
    assert not completed_rule().assess([0.6]).stop


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_count_as_the_worst(odd: float) -> None:
    rule = completed_rule()
    assert rule.assess([odd]).stop
    rule.complete([odd, 0.6])
    rule.complete([odd] * 2)
    decision = rule.assess([0.1, 0.55])
    assert decision.threshold == 0.6  # the diverged trial is one low voice, not a NaN
    assert decision.stop


def test_a_decision_names_its_grounds_in_the_users_units() -> None:
    rule = MedianRule("minimize", min_completed=1)
    rule.complete([0.2, 0.4])
    decision = rule.assess([0.9, 0.5])
    assert (decision.stop, decision.best) == (True, 0.5)
    assert decision.threshold == pytest.approx(0.3)
