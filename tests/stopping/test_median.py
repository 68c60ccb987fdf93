"""The median rule against its definition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.stopping import Curve, MedianRule, Schedule

ODD = st.sampled_from([math.nan, math.inf, -math.inf])
CURVE = st.lists(st.floats(-5, 5) | ODD, min_size=1, max_size=6)


def best(curve: list[float]) -> float:
    return max((v for v in curve if math.isfinite(v)), default=-math.inf)


def average(curve: list[float]) -> float:
    finite = [v for v in curve if math.isfinite(v)]
    return float(np.mean(finite)) if finite else -math.inf


def should_stop(completed: list[list[float]], curve: list[float], least: int, keep: int) -> bool:
    """Vizier's definition, literally, for values to be maximised; not finite is the worst."""
    step = len(curve)
    reached = [c[:step] for c in completed if len(c) >= step]
    if len(reached) < least or sum(best(c) > best(curve) for c in reached) < keep:
        return False
    averages = sorted(map(average, reached))
    return best(curve) < averages[(len(averages) - 1) // 2]


def taught(rule: MedianRule, curves: list[list[float]], sign: float = 1.0) -> MedianRule:
    for curve in curves:
        rule.learn(Curve(rule.direction, [sign * v for v in curve]), completed=True)
    return rule


@given(st.lists(CURVE, max_size=9), CURVE, st.integers(1, 4), st.integers(0, 3))
def test_the_rule_is_viziers(
    completed: list[list[float]], curve: list[float], least: int, keep: int
) -> None:
    options: dict[str, Any] = {"min_completed": least, "keep_best": keep}
    rule = taught(MedianRule("maximize", **options), completed)
    mirrored = taught(MedianRule("minimize", **options), completed, -1.0)
    decision = rule.assess(Curve("maximize", curve))
    if not math.isclose(decision.value, decision.threshold, rel_tol=1e-8):
        assert decision.stop == should_stop(completed, curve, least, keep)
    assert mirrored.assess(Curve("minimize", [-v for v in curve])).stop == decision.stop


def constant(value: float, steps: int) -> Curve:
    return Curve("maximize", [value] * steps)


def completed_rule(**options: Any) -> MedianRule:
    return taught(MedianRule("maximize", **options), [[v] * 300 for v in (0.5, 0.6, 0.7)])


def test_start_step_and_interval_say_when_a_trial_is_checked() -> None:
    rule = completed_rule(schedule=Schedule(start=3, interval=2))
    checked = [s for s in range(1, 9) if rule.assess(constant(0.1, s)).stop]
    assert checked == [3, 5, 7]


def test_a_check_between_two_checkpoints_is_made_at_the_next() -> None:
    """From step 128 on every second step is a checkpoint; 129, 136, 143 are due."""
    rule = completed_rule(schedule=Schedule(start=129, interval=7))
    checked = [s for s in range(100, 145) if rule.assess(constant(0.1, s)).stop]
    assert checked == [130, 136, 144]


def test_nothing_stops_before_enough_trials_completed() -> None:
    assert not completed_rule(min_completed=4).assess(constant(0.1, 1)).stop
    assert completed_rule(min_completed=3).assess(constant(0.1, 1)).stop


@pytest.mark.parametrize("steps", [1, 3, 7, 30])
def test_a_tie_with_the_median_goes_on(steps: int) -> None:
    """The mean of equal values is not always the same number."""
    assert not completed_rule().assess(constant(0.6, steps)).stop


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_count_as_the_worst(odd: float) -> None:
    rule = completed_rule()
    assert rule.assess(constant(odd, 1)).stop
    taught(rule, [[odd, 0.6], [odd] * 2])
    decision = rule.assess(Curve("maximize", [0.1, 0.55]))
    assert decision.threshold == 0.6  # the diverged trial is one low voice, not a NaN
    assert decision.stop


def test_a_decision_names_its_grounds_in_the_users_units() -> None:
    rule = taught(MedianRule("minimize", min_completed=1), [[0.2, 0.4]])
    decision = rule.assess(Curve("minimize", [0.9, 0.5]))
    assert (decision.stop, decision.value) == (True, 0.5)
    assert decision.threshold == pytest.approx(0.3)
    assert decision.reason == "best 0.5 is worse than the median 0.3"
