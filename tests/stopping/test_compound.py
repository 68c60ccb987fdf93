"""The compound rule against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.stopping import CompoundRule, Curve

EPOCHS = 10
CURVE = st.lists(st.floats(0, 1), min_size=1, max_size=EPOCHS)


def should_stop(earlier: list[list[float]], curve: list[float], beta: float) -> bool:
    """The published rule, literally."""
    half, late = EPOCHS // 2, math.floor((1 - beta) * EPOCHS + 1e-9)
    if len(curve) == half:
        first, last, q = 0, half, beta
    elif len(curve) == late:
        first, last, q = half, late, 1 - beta
    else:
        return False
    means = [np.mean(c[first:last]) for c in [*earlier, curve] if len(c) >= last]
    return len(means) > 3 and curve[-1] < np.quantile(means, q)


@given(
    st.lists(st.tuples(CURVE, st.booleans()), max_size=9), CURVE, st.sampled_from([0.1, 0.2, 0.25])
)
def test_the_rule_is_the_published_one(
    earlier: list[tuple[list[float], bool]], curve: list[float], beta: float
) -> None:
    rule = CompoundRule("maximize", max_epochs=EPOCHS, beta=beta)
    mirrored = CompoundRule("minimize", max_epochs=EPOCHS, beta=beta)
    for values, completed in earlier:
        rule.learn(Curve("maximize", values), completed)
        mirrored.learn(Curve("minimize", [-v for v in values]), completed)
    decision = rule.assess(Curve("maximize", curve))
    if not math.isclose(decision.value, decision.threshold, rel_tol=1e-8):
        assert decision.stop == should_stop([v for v, _ in earlier], curve, beta)
    assert mirrored.assess(Curve("minimize", [-v for v in curve])).stop == decision.stop


@pytest.mark.parametrize("max_epochs", [20, None])
def test_the_epochs_may_be_learnt(max_epochs: int | None) -> None:
    rule = CompoundRule("maximize", max_epochs=max_epochs)
    for level in (0.5, 0.6, 0.7, 0.8):
        rule.learn(Curve("maximize", [level] * 20), completed=True)
    assert not rule.assess(Curve("maximize", [0.1] * 9)).stop
    decision = rule.assess(Curve("maximize", [0.1] * 10))
    assert decision.stop
    assert decision.reason.startswith("0.1 after 10 epochs is worse than 0.")


@pytest.mark.parametrize("level", [0.1, 0.3, 0.7, 0.9])
def test_equal_trials_go_on(level: float) -> None:
    """Sums of equal values are rounded."""
    rule = CompoundRule("maximize", max_epochs=EPOCHS)
    for _ in range(5):
        rule.learn(Curve("maximize", [level] * EPOCHS), completed=True)
    curves = [Curve("maximize", [level] * s) for s in range(1, EPOCHS)]
    assert not any(rule.assess(c).stop for c in curves)


def test_diverged_trials_are_the_worst() -> None:
    rule = CompoundRule("maximize", max_epochs=4)
    for values in ([math.nan] * 4, [0.5] * 4, [0.6] * 4, [0.7] * 4):
        rule.learn(Curve("maximize", values), completed=True)
    for _ in range(20):
        rule.learn(Curve("maximize", [0.65] * 4), completed=True)
    assert rule.assess(Curve("maximize", [0.6, math.nan])).stop
    assert not rule.assess(Curve("maximize", [0.6, 0.7])).stop
