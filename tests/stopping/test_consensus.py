"""The consensus rule: each of its views can keep a trial alive."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.stopping import Caution, ConsensusRule, Curve

STEPS = 20
RECKLESS = Caution(start=0.0, half=0.01, confidence=0.0, margin=0.0, trend=0.0)


def rising(level: float, steps: int = STEPS) -> list[float]:
    """A curve that has most of its gain early."""
    return [level * (1 - 0.5 / s) for s in range(1, steps + 1)]


def taught(caution: Caution, curves: list[list[float]], **options: Any) -> ConsensusRule:
    rule = ConsensusRule("maximize", caution=caution, **options)
    for curve in curves:
        rule.learn(Curve("maximize", curve), completed=True)
    return rule


def stops(rule: ConsensusRule, values: list[float]) -> list[int]:
    prefixes = [values[:s] for s in range(1, len(values) + 1)]
    return [len(p) for p in prefixes if rule.assess(Curve("maximize", p)).stop]


SEEN = [rising(0.5 + 0.05 * i) for i in range(9)]


def test_a_hopeless_trial_is_stopped_from_the_start_of_the_schedule_on() -> None:
    assert stops(taught(Caution(), SEEN), rising(0.1)) == list(range(4, STEPS))  # 0.2 of 20


def test_nothing_is_stopped_before_enough_trials_completed() -> None:
    assert stops(taught(Caution(), SEEN[:2]), rising(0.1)) == []


def test_a_good_rank_keeps_a_trial() -> None:
    strict = taught(replace(RECKLESS, start=0.2), SEEN)
    lenient = taught(replace(RECKLESS, start=0.2, half=1.0, decay=0.0), SEEN)
    middling = rising(0.72)  # of nine, four are better
    assert stops(strict, middling)
    assert not stops(lenient, middling)


def test_a_lead_that_was_made_up_before_keeps_a_trial() -> None:
    late = [*rising(0.3, 12), *[0.95] * 8]  # from far behind to the top
    caution = replace(RECKLESS, margin=1.0)
    behind = rising(0.4)
    assert min(stops(taught(caution, SEEN), behind)) < 12
    assert min(stops(taught(caution, [*SEEN, late]), behind), default=STEPS) >= 12


def test_its_own_trend_keeps_a_trial() -> None:
    climbing = [0.31 * math.log(s) for s in range(1, STEPS + 1)]  # ends with 0.93
    assert stops(taught(RECKLESS, SEEN), climbing)
    assert not stops(taught(replace(RECKLESS, trend=1.0, start=0.1), SEEN), climbing)


def test_stopped_trials_count_in_the_ranks_if_they_are_to() -> None:
    caution = replace(RECKLESS, half=0.5, start=0.5)
    found = {}
    for counts in (True, False):
        rule = taught(caution, SEEN[-3:], count_stopped=counts)
        for _ in range(20):
            rule.learn(Curve("maximize", rising(0.1, 10)), completed=False)
        found[counts] = stops(rule, rising(0.7))
    assert len(found[True]) < len(found[False])


def test_with_known_epochs_the_rank_alone_decides_at_first() -> None:
    rule = ConsensusRule("maximize", caution=RECKLESS, min_completed=0, max_epochs=STEPS)
    peers = [Curve("maximize", rising(v, 5)) for v in (0.7, 0.8, 0.9)]
    worse, better = (Curve("maximize", rising(v, 5)) for v in (0.1, 1.0))
    assert rule.assess(worse, peers).stop
    assert not rule.assess(better, peers).stop
    assert not rule.assess(worse).stop


VALUE = st.floats(-1e3, 1e3) | st.sampled_from([math.nan, math.inf, -math.inf])
CURVES = st.lists(st.lists(VALUE, min_size=1, max_size=12), max_size=9)


@given(CURVES, st.lists(VALUE, min_size=1, max_size=12), st.floats(0, 2))
def test_it_is_symmetric_and_never_stops_the_best(
    completed: list[list[float]], values: list[float], degree: float
) -> None:
    both = []
    for direction, sign in (("maximize", 1.0), ("minimize", -1.0)):
        rule = ConsensusRule(direction, caution=Caution.of_degree(degree))  # type: ignore[arg-type]
        for c in completed:
            rule.learn(Curve(rule.direction, [sign * v for v in c]), completed=True)
        both.append(rule.assess(Curve(rule.direction, [sign * v for v in values])).stop)
    assert both[0] == both[1]
    bests = [max((v for v in c if math.isfinite(v)), default=-math.inf) for c in completed]
    own = max((v for v in values if math.isfinite(v)), default=-math.inf)
    if all(own >= b for b in bests):
        assert not both[0]


def test_less_caution_stops_no_less() -> None:
    trials = [rising(0.05 * i) for i in range(20)]
    numbers = [
        sum(bool(stops(taught(Caution.of_degree(d), SEEN), t)) for t in trials)
        for d in (0.0, 0.5, 1.0, 2.0)
    ]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize("wild", [1e30, -1e30])
def test_one_wild_value_does_not_disable_the_rule(wild: float) -> None:
    glitch = [*rising(0.5, 5), wild, *rising(0.5)[6:]]
    assert stops(taught(Caution(), [*SEEN, glitch]), rising(0.1))


def test_a_trial_of_another_length_does_not_disable_the_rule() -> None:
    assert stops(taught(Caution(), [*SEEN, *SEEN, rising(0.6, 5000)]), rising(0.1))
