"""The rules that choose among arms, against their published formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.bandit._ledger import Ledger
from nni_hpo_ext.bandit._rules import RULES


def ledger(n_arms: int = 3, step: int = 0, trials: Any = (), **rest: Any) -> Ledger:
    """Build a ledger from trials ``(step, arm, error)``."""
    steps, arms, errors = zip(*trials, strict=True) if trials else ((), (), ())
    rest.setdefault("credit", np.zeros(n_arms))
    rest.setdefault("trust", np.full(n_arms, np.nan))
    return Ledger(
        n_arms=n_arms,
        step=step,
        steps=np.array(steps, dtype=np.intp),
        arms=np.array(arms, dtype=np.intp),
        errors=np.array(errors, dtype=float),
        **rest,
    )


@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_every_rule_gives_probabilities(name: str, data: st.DataObject) -> None:
    n_arms = data.draw(st.integers(1, 5))
    step = data.draw(st.integers(0, 200))
    trial = st.tuples(st.integers(0, 199), st.integers(0, n_arms - 1), st.floats(0, 2))
    story = ledger(
        n_arms,
        step,
        data.draw(st.lists(trial, max_size=30)),
        credit=np.array(data.draw(st.lists(st.floats(0, 300), min_size=n_arms, max_size=n_arms))),
        hours=data.draw(st.floats(0, 1e4)),
    )
    p = RULES[name]().probabilities(story)
    assert p.shape == (n_arms,)
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["SEQ", "ASYNC", "SYNC"])
def test_in_turn(name: str) -> None:
    chosen = [int(RULES[name]().probabilities(ledger(3, step)).argmax()) for step in range(7)]
    assert chosen == [0, 1, 2, 0, 1, 2, 0]


def test_hedge_adds_up_accuracies() -> None:
    trials = [(0, 0, 0.1), (1, 0, 0.3), (2, 1, 0.5), (3, 2, 1.0)]
    V = np.array([0.9 + 0.7, 0.5, 0.0])
    expected = np.exp(V) / np.exp(V).sum()
    np.testing.assert_allclose(RULES["HEDGE"]().probabilities(ledger(3, 4, trials)), expected)


@pytest.mark.parametrize("name", ["BO-HEDGE", "BO-HEDGE-T", "BO-HEDGE-LE", "BO-HEDGE-LET"])
def test_gp_hedge_follows_the_nominees_credit(name: str) -> None:
    rule = RULES[name]()
    p = rule.probabilities(ledger(3, 4, credit=np.array([2.0, 1.0, 0.0])))
    np.testing.assert_allclose(np.log(p[0] / p[1:]), [1.0, 2.0])
    assert rule.nominees is not None
    assert rule.nominees.true == name.endswith("T")
    reward = rule.nominees.of(np.array([0.0, 0.01, 1.0]))
    expected = [5.0, 2.0, 0.0] if "-LE" in name else [1.0, 0.99, 0.0]
    np.testing.assert_allclose(reward, expected)


@pytest.mark.parametrize(
    ("step", "epsilon"), [(0, 1.0), (14, 1.0), (15, 0.9), (60, 0.6), (135, 0.1), (999, 0.1)]
)
def test_epsilon_greedy_grows_greedier_by_steps(step: int, epsilon: float) -> None:
    """Epsilon = max(0.1, 1 - 0.1 floor(step / (5 K)))."""
    trials = [(0, 0, 0.5), (1, 1, 0.2), (2, 2, 0.4)]
    p = RULES["EG"]().probabilities(ledger(3, step, trials))
    np.testing.assert_allclose(p, [epsilon / 3, 1 - 2 * epsilon / 3, epsilon / 3])


@pytest.mark.parametrize(("hours", "epsilon"), [(0.0, 1.0), (3.0, 0.5), (1e4, 0.1)])
def test_epsilon_greedy_grows_greedier_by_hours(hours: float, epsilon: float) -> None:
    """Epsilon = max(0.1, 1 / sqrt(t + 1))."""
    trials = [(0, 0, 0.5), (1, 1, 0.2)]
    p = RULES["GT"]().probabilities(ledger(2, 9, trials, hours=hours))
    assert p[0] == pytest.approx(epsilon / 2)


def test_the_logarithm_rewards_the_last_digits() -> None:
    """By mean accuracy the steady arm wins, by mean |log10(error)| the one that struck gold."""
    trials = [(0, 0, 0.2), (1, 0, 0.2), (2, 1, 0.5), (3, 1, 0.001)]
    plain = RULES["EG"]().probabilities(ledger(2, 999, trials))
    logarithmic = RULES["EG-LE"]().probabilities(ledger(2, 999, trials))
    assert plain.argmax() == 0
    assert logarithmic.argmax() == 1


def test_successive_knock_out_drops_the_worst_and_keeps_two() -> None:
    """Arm 2 is the worst, then arm 0: the authors' own code dropped the best."""
    errors = {0: 0.3, 1: 0.1, 2: 0.9, 3: 0.2}
    inside, trials, dropped = [0, 1, 2, 3], [], []
    for step in range(200):
        p = RULES["SKO"]().probabilities(ledger(4, step, trials))
        arm = int(p.argmax())
        trials.append((step, arm, errors[arm]))
        dropped = [a for a in range(4) if a not in {a for _, a, _ in trials[-8:]}]
        if step == 39:
            assert {a for _, a, _ in trials} == set(inside)
        if step == 60:
            assert dropped == [2]
    assert dropped == [0, 2]


def test_trust_follows_the_weights_and_leaves_every_arm_a_chance() -> None:
    p = RULES["auto"]().probabilities(ledger(3, 5, trust=np.array([0.95, 0.05, np.nan])))
    assert p[0] > p[2] > p[1] > 0
    assert p[2] == pytest.approx(1 / 3)  # an arm that predicts nothing has an equal share


def test_an_arm_that_brings_nothing_for_long_gives_way() -> None:
    """Trials before the last improvement do not count against it."""
    trust = np.array([0.95, 0.05])
    stale = [(0, 0, 0.1), *((i, 0, 0.5) for i in range(1, 31))]
    fresh = [*((i, 0, 0.5) for i in range(30)), (30, 0, 0.1)]
    rule = RULES["auto"]()
    assert rule.probabilities(ledger(2, 31, fresh, trust=trust))[0] > 0.9
    assert rule.probabilities(ledger(2, 31, stale, trust=trust))[0] < 0.5
    assert ledger(2, 31, stale).idle().tolist() == [30, 0]
    # Better than the other arm's trials, but not than what was known before.
    assert ledger(2, 31, fresh, first_error=0.05).idle().tolist() == [31, 0]
