"""The prospect rule: what keeps a trial alive, with one objective and with several."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from nni_hpo_ext.stopping import Course, Patience, ProspectRule
from nni_hpo_ext.stopping._field import Field
from nni_hpo_ext.stopping._foresight import Foresight, probability_first
from nni_hpo_ext.stopping._rivals import Rivals
from nni_hpo_ext.types import Objective

STEPS = 20
GAIN = Objective("default", "maximize")
TIME = Objective("runtime", "minimize")


def rising(level: float, steps: int = STEPS) -> list[float]:
    return [level * (1 - 0.5 / s) for s in range(1, steps + 1)]


def course(values: list[float], pace: float | None = None) -> Course:
    """A trial that reports values, and with a pace its time so far."""
    if pace is None:
        return Course([GAIN], [[v] for v in values])
    return Course([GAIN, TIME], [[v, pace * s] for s, v in enumerate(values, 1)])


def taught(trials: list[Course], **options: Any) -> ProspectRule:
    objectives = [GAIN, TIME][: len(trials[0].curves)]
    rule = ProspectRule(objectives, **options)
    for trial in trials:
        rule.learn(trial, completed=True)
    return rule


def stop_step(rule: ProspectRule, values: list[float], pace: float | None = None) -> int | None:
    """Return the step at which a trial is stopped, None if it is not."""
    steps = range(1, len(values) + 1)
    return next((s for s in steps if rule.assess(course(values[:s], pace)).stop), None)


SEEN = [course(rising(0.5 + 0.02 * i)) for i in range(20)]


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
        stop_step(taught(SEEN, patience=Patience().of_degree(d)), rising(0.6)) or STEPS
        for d in (0.0, 0.5, 1.0, 30.0)
    ]
    assert steps == sorted(steps)
    assert steps[0] < steps[-1]


@pytest.mark.parametrize("wild", [1e30, -1e30, math.nan, -math.inf])
def test_one_wild_value_does_not_disable_the_rule(wild: float) -> None:
    glitch = course([*rising(0.5, 5), wild, *rising(0.5)[6:]])
    assert stop_step(taught([*SEEN, glitch]), rising(0.1)) is not None


def test_a_diverged_trial_is_stopped_and_does_not_disable_the_rule() -> None:
    diverged = [math.nan] * STEPS
    rule = taught([*SEEN, course(diverged)])
    assert stop_step(rule, diverged) is not None
    assert stop_step(rule, rising(0.1)) is not None


# ------------------------------------------------------------------ several objectives

# Better results take longer.
FRONT = [course(rising(0.5 + 0.02 * i), pace=1.0 + i) for i in range(20)]


def test_a_trial_that_costs_less_than_all_others_goes_on_however_poor() -> None:
    assert stop_step(taught(FRONT), rising(0.1), pace=0.5) is None


def test_the_same_trial_is_stopped_when_many_cheaper_ones_are_better() -> None:
    assert stop_step(taught(FRONT), rising(0.1), pace=25.0) is not None


def test_an_objective_that_grows_is_compared_by_what_it_comes_to() -> None:
    """A trial that was stopped early has spent less, and is still the dearer one."""
    rule = taught(FRONT)
    for i in range(20):
        rule.learn(course(rising(0.9, 5), pace=30.0 + i), completed=False)
    assert stop_step(rule, rising(0.1), pace=0.9) is None


def test_an_objective_that_was_never_reported_stops_nobody() -> None:
    rule = taught(FRONT)
    for step in range(1, STEPS):
        silent = Course([GAIN, TIME], [[v, None] for v in rising(0.01, step)])
        assert not rule.assess(silent).stop


def test_a_trial_that_lacks_an_objective_is_no_rival() -> None:
    silent = [Course([GAIN, TIME], [[v, None] for v in rising(0.9)]) for _ in range(20)]
    assert stop_step(taught(silent), rising(0.1), pace=1.0) is None


def test_two_curves_that_cross_keep_the_compromise() -> None:
    """Accuracy and loss, both open: the middle of the front is first in neither."""
    loss = Objective("loss", "minimize")
    rule = ProspectRule([GAIN, loss])

    def both(level: float, other: float, steps: int = STEPS) -> Course:
        pairs = zip(rising(level, steps), rising(other, steps), strict=True)
        return Course([GAIN, loss], [[a, 1 - b] for a, b in pairs])

    for i in range(20):
        rule.learn(both(0.5 + 0.02 * i, 0.9 - 0.02 * i), completed=True)
    assert not any(rule.assess(both(0.705, 0.705, s)).stop for s in range(1, STEPS))
    assert any(rule.assess(both(0.2, 0.2, s)).stop for s in range(1, STEPS))


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
    found = Foresight(field, 0.0).tau(0, step, 0.0)
    assert found == pytest.approx(sum(signs) / pairs)
    if len({*scores}) == len(scores) and len({*ends}) == len(ends):
        assert found == pytest.approx(kendalltau(scores, ends).statistic)


TRIAL = st.tuples(st.lists(VALUE, min_size=1, max_size=4), st.integers(1, 5).map(float))


@given(st.lists(TRIAL, max_size=8), TRIAL)
def test_rivals_are_those_that_cost_no_more(
    trials: list[tuple[list[float], float]], own: tuple[list[float], float]
) -> None:
    field, epochs = Field(2), 4
    rivals = Rivals(field, 2)
    for values, pace in [([0.0, 1.0], 9.0), *trials]:  # the first shows that values may grow
        ended = course(values, pace)
        rivals.learn(ended)
        field.add(ended, completed=len(values) == epochs)
    mine, cost = course(*own), own[1] * epochs
    cheaper = [(v, p) for v, p in [([0.0, 1.0], 9.0), *trials] if _cost(v, p, epochs) <= cost]
    reached = [course(v[: mine.steps]).score(0) for v, _ in cheaper if len(v) >= mine.steps]
    if len(own[0]) > 1 and all(len(v) > 1 for v, _ in trials):
        standing = rivals.standing(mine, [], 0, 1, epochs)
        assert standing.of == len(cheaper)
        assert standing.better == sum(score > mine.score(0) for score in reached)


def _cost(values: list[float], pace: float, epochs: int) -> float:
    return pace * epochs


@given(st.floats(-1, 1), st.floats(0.01, 0.99), st.floats(1.5, 1000))
def test_a_better_rank_never_has_the_smaller_probability(
    tau: float, rank: float, field: float
) -> None:
    better = probability_first(tau, rank / 2, field)
    assert 0 <= probability_first(tau, rank, field) <= better <= 1


@given(CURVES)
def test_a_course_comes_back_from_its_state(curves: list[list[float]]) -> None:
    for values in curves:
        before = course(values, pace=2.0)
        after = Course.from_state([GAIN, TIME], before.state_dict())
        assert after.state_dict() == before.state_dict()
        assert [after.scores(i) for i in (0, 1)] == [before.scores(i) for i in (0, 1)]
        with pytest.raises(KeyError):
            Course.from_state([GAIN, Objective("cost", "minimize")], before.state_dict())
