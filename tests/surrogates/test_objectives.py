"""What the models make of trials that failed, were stopped or left something out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.surrogates import Feasibility, Features, ObjectiveModels
from nni_hpo_ext.types import Forecast, Objective, Trial, TrialStatus

SPACE = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
TWO = (Objective("acc", "maximize"), Objective("time", "minimize"))


def trial(number: int, x: float, *values: float, stopped: bool = False) -> Trial:
    status = TrialStatus.STOPPED if stopped else TrialStatus.COMPLETED
    return Trial(number, {"x": x}, status if values else TrialStatus.FAILED, values)


def models(trials: list[Trial], pending: Any = (), objectives: Any = TWO) -> ObjectiveModels:
    return ObjectiveModels(SPACE, objectives, trials, pending, n_fitted=len(trials), seed=0)


GRID = [trial(i, x, x, 5 + x) for i, x in enumerate(np.linspace(0, 1, 8))]


def test_directions_are_turned_to_minimisation() -> None:
    mean, std = models(GRID).predict(np.array([[0.1], [0.9]]))
    assert mean[0, 0] > mean[1, 0]
    assert mean[0, 1] < mean[1, 1]
    assert (std > 0).all()


def test_an_objective_missing_in_one_trial_is_missing_there_alone() -> None:
    fitted = models([*GRID, trial(8, 0.55, 0.55, math.nan)])
    assert len(fitted.X) == 9
    assert len(fitted.completed_X) == 8
    assert np.isfinite(fitted.predict(np.array([[0.5]]))[0]).all()


def test_a_stopped_trial_bounds_its_value_from_one_side() -> None:
    low, high = 0.2, 0.95  # the trend at x = 0.7 is 0.7
    plain = models(GRID).predict(np.array([[0.7]]))[0][0, 0]
    gentle = models([*GRID, trial(8, 0.7, low, math.nan, stopped=True)])
    firm = models([*GRID, trial(8, 0.7, high, math.nan, stopped=True)])
    as_result = models([*GRID, trial(8, 0.7, low, math.nan)])
    at = np.array([[0.7]])
    assert firm.predict(at)[0][0, 0] < plain  # it had reached more than the model thought
    assert gentle.predict(at)[0][0, 0] < as_result.predict(at)[0][0, 0]
    assert len(gentle.completed_X) == 8


def test_a_forecast_counts_as_much_as_it_is_certain() -> None:
    """The trend at x = 0.7 is 0.7; the trial was stopped at 0.1, and 0.3 was predicted."""
    at = np.array([[0.7]])
    accuracies = []
    for std in (0.001, 0.1, 10.0):
        stopped = trial(8, 0.7, 0.1, math.nan, stopped=True)
        stopped = replace(stopped, forecasts={"acc": Forecast(0.3, std)})
        accuracies.append(-models([*GRID, stopped]).expected_losses(at)[0])
    assert accuracies == sorted(accuracies)
    assert accuracies[0] < 0.65
    assert accuracies[2] == pytest.approx(0.7, abs=0.02)


def test_a_running_trial_counts_with_its_forecast_until_it_ends() -> None:
    at = np.array([[0.7]])
    plain = models(GRID, [{"x": 0.7}]).expected_losses(at)[0]
    fitted = ObjectiveModels(
        SPACE,
        TWO,
        GRID,
        [{"x": 0.7}],
        running=[({"x": 0.7}, {"acc": Forecast(0.3, 0.01)})],
        n_fitted=len(GRID),
        seed=0,
    )
    assert fitted.expected_losses(at)[0] > plain + 0.02
    assert fitted.expected_losses(at, objective=1)[0] == pytest.approx(5.7, abs=0.1)
    assert len(fitted.completed_X) == len(GRID)


def test_failures_close_together_make_their_region_unlikely() -> None:
    failed = [trial(8 + i, x) for i, x in enumerate((0.88, 0.9, 0.92, 0.94))]
    fitted = models([*(t for t in GRID if t.params["x"] < 0.8), *failed])
    here, there = fitted.log_feasibility(np.array([[0.91], [0.2]]))
    assert here < math.log(0.5)
    assert there > math.log(0.75)


def test_without_failures_everything_is_likely() -> None:
    assert models(GRID).log_feasibility(np.array([[0.3]])).tolist() == [0.0]


def test_failures_all_over_the_space_single_nothing_out() -> None:
    rng = np.random.default_rng(0)
    X = rng.random((100, 1))
    feasibility = Feasibility(Features(SPACE), X, rng.random(100) > 0.2)
    values = np.exp(feasibility.log_probability(np.linspace(0, 1, 20)[:, None]))
    assert values == pytest.approx(0.8, abs=0.15)


def test_pending_trials_are_counted_as_seen() -> None:
    at = np.array([[0.5]])
    sparse = [t for t in GRID if abs(t.params["x"] - 0.5) > 0.2]
    _, alone = models(sparse).predict(at)
    _, running = models(sparse, pending=[{"x": 0.5}]).predict(at)
    assert (running < alone).all()
