from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.schedules import POLICY_PARAMETERS, learning_rate_policy

NAMES = [
    "fixed", "exponential", "step", "nstep", "inverse", "polynomial", "cosine", "restarts",
    "cyclic", "cyclic2", "cyclic_exp", "sine", "sine2", "sine_exp", "plateau",
]  # fmt: skip


def rates(steps: int, initial: float = 0.1, **params: Any) -> list[float]:
    policy = learning_rate_policy(params, initial, steps)
    return [policy(step) for step in range(steps + 1)]


def test_without_a_policy_the_rate_stays_what_it_is() -> None:
    assert rates(3) == [0.1] * 4


def test_exponential_decay_goes_from_one_rate_to_the_other() -> None:
    found = rates(4, 1.0, LR_POLICY="exponential", FINAL_LR=1e-4)
    assert found == pytest.approx([1, 0.1, 0.01, 1e-3, 1e-4])


def test_steps_come_after_each_period_and_none_at_the_very_end() -> None:
    found = rates(8, 1.0, LR_POLICY="step", LR_GAMMA=0.5, LR_PERIOD=0.25)
    assert found == pytest.approx([1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125])


def test_a_period_that_rounding_misses_is_met_all_the_same() -> None:
    found = rates(30, 1.0, LR_POLICY="step", LR_GAMMA=0.1, LR_PERIOD=0.1)
    assert [round(-math.log10(rate)) for rate in found[:-1]] == [t // 3 for t in range(30)]


def test_polynomial_and_cosine_decay_meet_the_formulas() -> None:
    found = rates(4, 1.0, LR_POLICY="polynomial", LR_POWER=2.0, FINAL_LR=0.2)
    assert found == pytest.approx([0.2 + 0.8 * (1 - t / 4) ** 2 for t in range(5)])
    found = rates(4, 1.0, LR_POLICY="cosine")
    assert found == pytest.approx([(1 + math.cos(math.pi * t / 4)) / 2 for t in range(5)])


def test_restarts_repeat_the_cosine_in_each_period() -> None:
    found = rates(8, 1.0, LR_POLICY="restarts", LR_PERIOD=0.5)
    once = [(1 + math.cos(math.pi * t / 4)) / 2 for t in range(4)]
    assert found == pytest.approx([*once, *once, 0])


def test_cycles_go_down_and_up_and_become_lower() -> None:
    common = {"FINAL_LR": 0.0, "LR_PERIOD": 0.25}
    assert rates(8, 1.0, LR_POLICY="cyclic", **common) == pytest.approx(
        [1, 0.5, 0, 0.5, 1, 0.5, 0, 0.5, 1]
    )
    assert rates(8, 1.0, LR_POLICY="cyclic2", **common) == pytest.approx(
        [1, 0.5, 0, 0.5, 0.5, 0.25, 0, 0.25, 0.25]
    )
    last = rates(8, 1.0, LR_POLICY="cyclic_exp", LR_GAMMA=0.3, **common)[-1]
    assert last == pytest.approx(0.3)


def test_steps_at_given_shares_and_inverse_decay_meet_the_formulas() -> None:
    found = rates(8, 1.0, LR_POLICY="nstep", LR_GAMMA=0.1, LR_STEPS="0.5, 0.75")
    assert found == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01, 0.01])
    found = rates(4, 1.0, LR_POLICY="inverse", FINAL_LR=0.25, LR_POWER=2.0)
    assert found == pytest.approx([(1 + t / 4) ** -2 for t in range(5)])


def test_waves_of_a_sine_go_down_and_up_and_become_lower() -> None:
    half = math.sqrt(0.5)
    common = {"FINAL_LR": 0.0, "LR_PERIOD": 0.25}
    assert rates(8, 1.0, LR_POLICY="sine", **common) == pytest.approx(
        [1, half, 0, half, 1, half, 0, half, 1]
    )
    assert rates(8, 1.0, LR_POLICY="sine2", **common)[4:7] == pytest.approx([0.5, half / 2, 0])
    assert rates(8, 1.0, LR_POLICY="sine_exp", LR_GAMMA=0.3, **common)[-1] == pytest.approx(0.3)


def test_a_plateau_lowers_the_rate_after_each_epochs_without_a_better_result() -> None:
    params = {"LR_POLICY": "plateau", "LR_GAMMA": 0.5, "LR_PATIENCE": 2, "FINAL_LR": 0.2}
    policy = learning_rate_policy(params, 1.0, 100)
    found = []
    for epoch, loss in enumerate([0.9, 0.8, 0.8, 0.85, 0.7, 0.8, 0.8, 0.8, float("nan"), 0.9, 0.9]):
        found.append(policy(epoch))
        policy.observe([loss], "min")
    assert found == pytest.approx([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2])
    resumed = learning_rate_policy(params, 1.0, 100)
    resumed.observe([0.9, 0.8, 0.8, 0.85, 0.7, 0.8, 0.8], "min")
    assert resumed(7) == found[7]


def test_a_warm_up_grows_to_the_rate_of_the_policy() -> None:
    found = rates(10, 1.0, LR_POLICY="polynomial", LR_WARMUP=0.3)
    assert found[:4] == pytest.approx([1 / 3, 0.9 * 2 / 3, 0.8, 0.7])


@given(
    st.sampled_from(NAMES),
    st.integers(1, 50),
    st.floats(1e-3, 1.0),
    st.floats(1e-6, 1e-3),
    st.floats(0.01, 1.0),
    st.floats(0.01, 1.0),
)
def test_a_rate_stays_between_its_bounds_and_starts_at_the_first(
    name: str, steps: int, initial: float, final: float, gamma: float, period: float
) -> None:
    params = {"LR_POLICY": name, "FINAL_LR": final, "LR_GAMMA": gamma, "LR_PERIOD": period}
    policy = learning_rate_policy(params, initial, steps)
    assert policy(0) == pytest.approx(initial)
    for step in range(steps + 3):
        assert 0 < policy(step) <= initial * (1 + 1e-9)
        if name not in ("step", "nstep", "plateau"):
            assert policy(step) >= final * (1 - 1e-9)
    assert policy(steps + 3) == policy(steps)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LR_POLICY", "sawtooth"),
        ("FINAL_LR", -1.0),
        ("FINAL_LR", float("nan")),
        ("LR_GAMMA", 0.0),
        ("LR_PERIOD", 1.5),
        ("LR_POWER", 0.0),
        ("LR_STEPS", "0.8 0.5"),
        ("LR_STEPS", "half"),
        ("LR_WARMUP", 1.5),
        ("LR_PATIENCE", 0),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        learning_rate_policy({**POLICY_PARAMETERS, name: value}, 0.1, 10)


def test_exponential_decay_to_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"FINAL_LR.*above 0"):
        learning_rate_policy({"LR_POLICY": "exponential"}, 0.1, 10)


@pytest.mark.parametrize("initial", [0.0, -1.0, float("nan"), float("inf")])
def test_an_initial_rate_must_be_positive(initial: float) -> None:
    with pytest.raises(ConfigError, match="learning rate"):
        learning_rate_policy({}, initial, 10)
