"""The prospect rule: what keeps a trial alive."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, norm
from scipy.stats import t as student

from nni_hpo_ext.stopping import Course, Patience, ProspectRule
from nni_hpo_ext.stopping._field import Field
from nni_hpo_ext.stopping._foresight import Foresight, score_first
from nni_hpo_ext.stopping._outlook import Outlook
from nni_hpo_ext.stopping._regression import normal_score
from nni_hpo_ext.types import Objective

STEPS = 20
GAIN = Objective("default", "maximize")


def rising(level: float, steps: int = STEPS) -> list[float]:
    return [level * (1 - 0.5 / s) for s in range(1, steps + 1)]


def course(values: list[float]) -> Course:
    return Course([GAIN], [[v] for v in values])


def taught(trials: list[Course], **options: Any) -> ProspectRule:
    rule = ProspectRule(GAIN, **options)
    for trial in trials:
        rule.learn(trial, completed=True)
    return rule


def stop_step(rule: ProspectRule, values: list[float]) -> int | None:
    """Return the step at which a trial is stopped, None if it is not."""
    steps = range(1, len(values) + 1)
    return next((s for s in steps if rule.assess(course(values[:s])).stop), None)


SEEN = [course(rising(0.5 + 0.02 * i)) for i in range(20)]
# Random walks: their beginning tells less of their end.
_STEPS = np.random.default_rng(0).normal(0.0, 0.05, (20, STEPS))
WALKS = [course(walk.tolist()) for walk in 0.5 + _STEPS.cumsum(axis=1)]


def test_a_hopeless_trial_is_stopped_soon_after_the_start() -> None:
    step = stop_step(taught(SEEN), rising(0.1))
    assert step is not None
    assert 2 <= step <= STEPS / 2


def test_nothing_is_stopped_before_enough_trials_completed() -> None:
    assert stop_step(taught(SEEN[:2]), rising(0.1)) is None


def test_who_has_reached_what_the_best_ended_with_goes_on() -> None:
    assert stop_step(taught(SEEN), [1.0, *[0.0] * 19]) is None


def test_where_the_order_says_nothing_of_the_end_the_rule_waits_longer() -> None:
    steady = [course(rising(0.5 + 0.02 * i)) for i in range(20)]
    turned = [course([*rising(0.5 + 0.02 * i, 10), *[0.9 - 0.02 * i] * 10]) for i in range(20)]
    early, late = (stop_step(taught(t), rising(0.1)) or STEPS for t in (steady, turned))
    assert early < late


def test_less_caution_stops_no_later() -> None:
    steps = [
        stop_step(taught(WALKS, patience=Patience().of_degree(d)), [0.4] * STEPS) or STEPS
        for d in (0.0, 0.5, 1.0, 30.0)
    ]
    assert steps == sorted(steps)
    assert steps[0] < steps[-1]


def test_of_two_trials_of_one_rank_the_one_farther_behind_is_stopped_sooner() -> None:
    def stops(forecast: float) -> list[int]:
        rule = taught(WALKS, patience=Patience(forecast=forecast))
        return [stop_step(rule, [level] * STEPS) or STEPS for level in (0.4, -5.0)]

    near, far = stops(forecast=0.0)
    assert far == near
    near, far = stops(forecast=0.2)
    assert far < near


def test_curves_that_never_improve_are_judged_by_their_rank() -> None:
    falling = [course([0.5 + 0.02 * i - 0.001 * s for s in range(STEPS)]) for i in range(20)]
    assert stop_step(taught(falling), [0.1] * STEPS) is not None
    assert stop_step(taught(falling), [0.87] * STEPS) is None


def test_the_forecast_rests_on_completed_trials_only() -> None:
    """A trial that was stopped at a low value did not end there."""
    field = Field(1)
    outlook = Outlook(field, 1)

    def lead() -> float | None:
        outlook.rescale()
        return outlook.lead(course([0.5] * 8), 0, 0.6, STEPS)

    for trial in WALKS:
        outlook.learn(trial)
        field.add(trial, completed=True)
    before = lead()
    assert before is not None
    assert -5 < before < 0
    for i in range(20):
        field.add(course(rising(0.1 + 0.01 * i, 12)), completed=False)
    assert lead() == before


def test_restored_trials_lead_to_the_same_decisions() -> None:
    restored = [Course.from_state([GAIN], walk.state_dict()) for walk in WALKS]
    before, after = taught(WALKS), taught(restored)
    for level in (0.4, 0.5):
        trials = [course([level] * step) for step in range(1, STEPS)]
        assert [after.assess(t) for t in trials] == [before.assess(t) for t in trials]


@pytest.mark.parametrize("wild", [1e30, -1e30, math.nan, -math.inf])
def test_one_wild_value_does_not_disable_the_rule(wild: float) -> None:
    glitch = course([*rising(0.5, 5), wild, *rising(0.5)[6:]])
    assert stop_step(taught([*SEEN, glitch]), rising(0.1)) is not None


def test_one_wild_trial_does_not_stop_the_next_best() -> None:
    assert stop_step(taught([*SEEN, course([1e30] * STEPS)]), rising(0.9)) is None


def test_a_diverged_trial_is_stopped_and_does_not_disable_the_rule() -> None:
    diverged = [math.nan] * STEPS
    rule = taught([*SEEN, course(diverged)])
    assert stop_step(rule, diverged) is not None
    assert stop_step(rule, rising(0.1)) is not None


# ------------------------------------------------------------------ brute force

VALUE = st.integers(0, 5).map(float)
CURVES = st.lists(st.lists(VALUE, min_size=4, max_size=4), min_size=3, max_size=9)


@given(CURVES, st.integers(1, 4))
def test_tau_is_kendalls(curves: list[list[float]], step: int) -> None:
    field = Field(1)
    for values in curves:
        field.add(course(values), completed=True)
    scores = [course(values[:step]).score(0) for values in curves]
    ends = [values[-1] for values in curves]
    pairs = len(curves) * (len(curves) - 1) / 2
    signs = [
        np.sign(scores[i] - scores[j]) * np.sign(ends[i] - ends[j])
        for i in range(len(curves))
        for j in range(i)
    ]
    found = Foresight(field, 0.0).tau(step, 0.0)
    assert found == pytest.approx(sum(signs) / pairs)
    if len({*scores}) == len(scores) and len({*ends}) == len(ends):
        assert found == pytest.approx(kendalltau(scores, ends).statistic)


@given(st.floats(-1, 1), st.floats(0.01, 0.99), st.floats(1.5, 1000))
def test_a_better_rank_never_has_the_smaller_score(tau: float, rank: float, field: float) -> None:
    assert score_first(tau, rank, field) <= score_first(tau, rank / 2, field)


@given(st.floats(-8, 8), st.integers(3, 64))
def test_the_normal_score_is_as_probable_as_students_t(t: float, freedom: int) -> None:
    assert normal_score(t, freedom) == pytest.approx(norm.ppf(student.cdf(t, freedom)), abs=0.05)


@given(CURVES, st.lists(VALUE, min_size=4, max_size=4), st.integers(2, 3))
def test_the_more_is_asked_for_the_smaller_the_lead(
    curves: list[list[float]], own: list[float], step: int
) -> None:
    field = Field(1)
    outlook = Outlook(field, 1)
    for values in curves:
        outlook.learn(course(values))
        field.add(course(values), completed=True)
    outlook.rescale()
    leads = [outlook.lead(course(own[:step]), 0, end, 4) for end in range(6)]
    if any(max(values) > values[0] for values in curves):
        assert leads == sorted(leads, key=lambda lead: -math.inf if lead is None else -lead)
    else:  # as of the size of a network: nothing to predict
        assert leads == [None] * 6
