"""The front rule: what keeps a trial with several objectives alive."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.stopping import Course, FrontRule, Patience
from nni_hpo_ext.stopping._field import Field
from nni_hpo_ext.stopping._outlook import Outlook
from nni_hpo_ext.types import Objective

STEPS = 20
GAIN = Objective("default", "maximize")
TIME = Objective("runtime", "minimize")


def rising(level: float, steps: int = STEPS) -> list[float]:
    return [level * (1 - 0.5 / s) for s in range(1, steps + 1)]


def course(values: list[float], pace: float) -> Course:
    """A trial that reports values, and its time so far."""
    return Course([GAIN, TIME], [[v, pace * s] for s, v in enumerate(values, 1)])


def taught(trials: list[Course], **options: Any) -> FrontRule:
    rule = FrontRule([GAIN, TIME], **options)
    for trial in trials:
        rule.learn(trial, completed=True)
    return rule


def stop_step(rule: FrontRule, values: list[float], pace: float) -> int | None:
    """Return the step at which a trial is stopped, None if it is not."""
    steps = range(1, len(values) + 1)
    return next((s for s in steps if rule.assess(course(values[:s], pace)).stop), None)


# Better results take longer.
FRONT = [course(rising(0.5 + 0.02 * i), pace=1.0 + i) for i in range(20)]


def test_a_trial_that_costs_less_than_all_others_goes_on_however_poor() -> None:
    assert stop_step(taught(FRONT), rising(0.1), pace=0.5) is None


def test_the_same_trial_is_stopped_when_a_cheaper_one_is_better() -> None:
    assert stop_step(taught(FRONT), rising(0.1), pace=25.0) is not None


def test_a_poor_trial_goes_on_if_only_dearer_ones_are_better() -> None:
    """One rival is enough: the cheapest is worse than the trial, all better ones cost more."""
    assert stop_step(taught(FRONT), rising(0.52), pace=1.5) is None
    assert stop_step(taught(FRONT), rising(0.52), pace=10.0) is not None


def test_nothing_is_stopped_before_enough_trials_completed() -> None:
    assert stop_step(taught(FRONT[:2]), rising(0.1), pace=25.0) is None
    assert stop_step(taught(FRONT[:9], min_completed=10), rising(0.1), pace=25.0) is None


def test_who_has_reached_what_the_cheaper_ones_ended_with_goes_on() -> None:
    assert stop_step(taught(FRONT), [1.0, *[0.0] * 19], pace=25.0) is None


def test_a_stopped_trial_is_no_rival() -> None:
    rule = taught(FRONT[10:])
    for i in range(20):
        rule.learn(course(rising(0.9, 5), pace=1.0 + 0.1 * i), completed=False)
    assert stop_step(rule, rising(0.1), pace=10.0) is None


def test_keep_best_asks_for_more_dominating_trials() -> None:
    for cheaper, stops in ((2, False), (3, True)):
        rule = taught(FRONT, keep_best=3)
        assert (stop_step(rule, rising(0.1), pace=cheaper + 0.5) is not None) == stops


def test_less_caution_stops_no_later() -> None:
    steps = [
        stop_step(taught(FRONT, patience=Patience().of_degree(d)), rising(0.5), 8.0) or STEPS
        for d in (0.0, 0.5, 1.0, 30.0)
    ]
    assert steps == sorted(steps)


def test_where_runs_end_unlike_they_began_the_rule_waits_longer() -> None:
    rng = np.random.default_rng(0)
    turned = [
        course([*rising(0.6, 10), *rising(0.5 + 0.5 * rng.random(), 10)], pace=1.0 + i)
        for i in range(20)
    ]
    early, late = (stop_step(taught(t), rising(0.4), 25.0) or STEPS for t in (FRONT, turned))
    assert early < late


@pytest.mark.parametrize("wild", [1e30, -1e30, math.nan, -math.inf])
def test_one_wild_value_does_not_disable_the_rule(wild: float) -> None:
    glitch = course([*rising(0.5, 5), wild, *rising(0.5)[6:]], pace=30.0)
    assert stop_step(taught([*FRONT, glitch]), rising(0.1), pace=25.0) is not None


def test_a_diverged_trial_is_stopped_and_does_not_disable_the_rule() -> None:
    diverged = [math.nan] * STEPS
    rule = taught([*FRONT, course(diverged, pace=30.0)])
    assert stop_step(rule, diverged, pace=25.0) is not None
    assert stop_step(rule, rising(0.1), pace=25.0) is not None


def test_an_objective_that_was_never_reported_stops_nobody() -> None:
    rule = taught(FRONT)
    for step in range(1, STEPS):
        silent = Course([GAIN, TIME], [[v, None] for v in rising(0.01, step)])
        assert not rule.assess(silent).stop


def test_a_trial_that_lacks_an_objective_is_no_rival() -> None:
    silent = [Course([GAIN, TIME], [[v, None] for v in rising(0.9)]) for _ in range(20)]
    assert stop_step(taught(silent), rising(0.1), pace=1.0) is None


def test_equal_trials_are_enough_to_stop_a_worse_one() -> None:
    rule = taught([course(rising(0.9), pace=2.0)] * 8)
    assert stop_step(rule, rising(0.1), pace=3.0) is not None
    assert stop_step(rule, rising(0.1), pace=1.0) is None


def test_two_curves_that_cross_keep_the_compromise() -> None:
    """Accuracy and loss, both open: the middle of the front is first in neither."""
    loss = Objective("loss", "minimize")
    rule = FrontRule([GAIN, loss])

    def both(level: float, other: float, steps: int = STEPS) -> Course:
        pairs = zip(rising(level, steps), rising(other, steps), strict=True)
        return Course([GAIN, loss], [[a, 1 - b] for a, b in pairs])

    for i in range(20):
        rule.learn(both(0.5 + 0.02 * i, 0.9 - 0.02 * i), completed=True)
    assert not any(rule.assess(both(0.705, 0.705, s)).stop for s in range(1, STEPS))
    assert any(rule.assess(both(0.2, 0.2, s)).stop for s in range(1, STEPS))


def test_the_reason_names_the_trial_that_dominates() -> None:
    rule = taught(FRONT)
    decision = rule.assess(course(rising(0.1, 10), pace=1.5))
    assert decision.stop
    assert decision.threshold == pytest.approx(FRONT[0].curves[0].last)
    assert "default 0.095, runtime 15 at step 10" in decision.reason
    assert "default 0.4875, runtime 20" in decision.reason


# ------------------------------------------------------------------ any trials

TRIAL = st.tuples(
    st.lists(st.integers(0, 5).map(float), min_size=4, max_size=4), st.integers(1, 5).map(float)
)


@given(st.lists(TRIAL, max_size=8), TRIAL, st.integers(2, 3))
def test_only_trials_that_cost_no_more_may_dominate(
    trials: list[tuple[list[float], float]], own: tuple[list[float], float], step: int
) -> None:
    mine = course(own[0][:step], own[1])
    field = Field(2)
    outlook = Outlook(field, 2)
    for values, pace in trials:
        outlook.learn(course(values, pace))
        field.add(course(values, pace), completed=True)
    outlook.rescale()
    ends = field.ends(1)
    cheaper = [float(pace <= own[1]) for _, pace in trials]
    assert outlook.no_better(mine, 1, ends, 4).tolist() == cheaper
    gains = np.sort(field.ends(0))
    chances = outlook.no_better(mine, 0, gains, 4)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances) >= -1e-12).all()  # the more is asked for, the less likely


@given(st.lists(TRIAL, min_size=3, max_size=9))
def test_a_course_comes_back_from_its_state(trials: list[tuple[list[float], float]]) -> None:
    for values, pace in trials:
        before = course(values, pace)
        after = Course.from_state([GAIN, TIME], before.state_dict())
        assert after.state_dict() == before.state_dict()
        assert [after.scores(i) for i in (0, 1)] == [before.scores(i) for i in (0, 1)]
        with pytest.raises(KeyError):
            Course.from_state([GAIN, Objective("cost", "minimize")], before.state_dict())
