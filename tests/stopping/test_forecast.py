"""Predictions of final values from learning curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.stopping import Curve, MedianRule, Monitor
from nni_hpo_ext.stopping._forecast import Forecaster
from nni_hpo_ext.stopping._reservoir import Reservoir


def rising(top: float, steps: int = 10) -> list[float]:
    return [top * (1 - 0.5**step) for step in range(1, steps + 1)]


def experienced(*tops: float) -> Forecaster:
    forecaster = Forecaster()
    for top in tops:
        forecaster.add(Curve("maximize", rising(top)))
    return forecaster


def test_a_trial_is_expected_to_go_on_like_the_completed_ones() -> None:
    forecaster = experienced(*np.linspace(0.5, 0.9, 20))
    forecast = forecaster.forecast(Curve("maximize", rising(0.8)[:4]))
    assert forecast is not None
    assert forecast.mean == pytest.approx(0.8, abs=0.02)
    assert abs(forecast.mean - 0.8) < 3 * forecast.std


def test_it_is_more_certain_the_later_it_looks() -> None:
    forecaster = experienced(*np.random.default_rng(0).uniform(0.5, 0.9, 20))
    stds = [forecaster.forecast(Curve("maximize", rising(0.7)[:n])).std for n in (1, 4, 8)]
    assert stds == sorted(stds, reverse=True)


def test_a_loss_is_predicted_in_its_own_units() -> None:
    forecaster = Forecaster()
    for bottom in (0.2, 0.3, 0.4, 0.5):
        forecaster.add(Curve("minimize", [bottom + 2, bottom + 1, bottom]))
    forecast = forecaster.forecast(Curve("minimize", [2.35, 1.35]))
    assert forecast is not None
    assert forecast.mean == pytest.approx(0.35, abs=0.1)


def test_nothing_is_predicted_before_two_trials_have_completed() -> None:
    curve = Curve("maximize", rising(0.7)[:3])
    assert experienced(0.8).forecast(curve) is None
    assert experienced(0.8, 0.6).forecast(curve) is not None


def test_values_that_never_improve_during_a_run_are_not_predicted() -> None:
    """Such as the training time, whose best value would be that of the first epoch."""
    forecaster = Forecaster()
    for seconds in (1.0, 2.0, 3.0):
        forecaster.add(Curve("minimize", [seconds * step for step in range(1, 6)]))
    assert forecaster.forecast(Curve("minimize", [1.5, 3.0])) is None


@given(
    st.lists(st.lists(st.floats(), min_size=1, max_size=8), max_size=8),
    st.lists(st.floats(), max_size=8),
    st.sampled_from(["maximize", "minimize"]),
)
def test_any_curves_give_a_finite_forecast_no_worse_than_what_was_reached(
    completed: list[list[float]], values: list[float], direction: str
) -> None:
    forecaster = Forecaster()
    for each in completed:
        forecaster.add(Curve(direction, each))
    curve = Curve(direction, values)
    forecast = forecaster.forecast(curve)
    if forecast is not None:
        assert math.isfinite(forecast.mean)
        assert math.isfinite(forecast.std)
        assert curve.sign * forecast.mean >= curve.best


def test_a_stopped_trial_keeps_its_forecast_after_its_end() -> None:
    monitor = Monitor(MedianRule(min_completed=2))
    for name in ("first", "second"):
        monitor.report(name, rising(0.9))
        monitor.end(name, success=True)
    assert monitor.report("bad", rising(0.1)[:3]).stop
    before = monitor.prospects("bad")
    monitor.end("bad", success=False)
    assert before is not None
    assert before.forecasts[0] is not None
    assert monitor.prospects("bad") == before
    assert monitor.prospects("unknown") is None


@given(st.integers(1, 20), st.integers(0, 60))
def test_a_reservoir_keeps_all_up_to_its_limit_then_replaces(limit: int, n: int) -> None:
    reservoir, kept = Reservoir(limit), {}
    for item in range(n):
        place = reservoir.place()
        assert place is not None or item >= limit
        if place is not None:
            kept[place] = item
    assert sorted(kept) == list(range(min(limit, n)))
