"""The random forest and the Parzen estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.surrogates import (
    Features,
    GaussianProcess,
    IntegratedGaussianProcess,
    ParzenDensity,
    ParzenEstimator,
    RandomForest,
    stacking_weights,
)
from nni_hpo_ext.testing import SPACES

ALL = [GaussianProcess, IntegratedGaussianProcess, RandomForest, ParzenEstimator]
PREDICTING = [GaussianProcess, IntegratedGaussianProcess, RandomForest]


def cube(d: int) -> SearchSpace:
    return SearchSpace({f"x{i}": {"_type": "uniform", "_value": [0, 1]} for i in range(d)})


def hill(X: Any) -> Any:
    return ((X[:, :2] - 0.4) ** 2).sum(axis=1) * 4 - 1


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize(
    ("n", "d", "constant", "duplicated"),
    [
        (1, 2, False, False),
        (2, 2, False, True),
        (12, 3, True, False),
        (12, 3, False, True),
        (30, 50, False, False),
    ],
)
def test_odd_data_give_finite_predictions(
    model: Any, n: int, d: int, constant: bool, duplicated: bool
) -> None:
    """One point, equal values, equal points, 50 dimensions."""
    rng = np.random.default_rng(0)
    X = rng.random((n, d))
    if duplicated:
        X[1::2] = X[0]
    y = np.zeros(n) if constant else rng.standard_normal(n)
    fitted = model(Features(cube(d))).fit(X, y, rng=rng).with_fantasies(rng.random((2, d)))
    mean, variance = fitted.predict(rng.random((20, d)))
    assert np.isfinite(mean).all()
    assert (variance > 0).all()


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize("name", ["nested", "texts", "single options", "look-alikes", "network"])
def test_mixed_and_nested_spaces_are_modelled(model: Any, name: str) -> None:
    space, rng = SearchSpace(SPACES[name]), np.random.default_rng(0)
    X = space.sample(20, rng)
    fitted = model(Features(space)).fit(X, rng.standard_normal(20), rng=rng)
    assert np.isfinite(fitted.predict(space.sample(20, rng))).all()


@pytest.mark.parametrize("model", ALL)
def test_a_hill_is_found_again(model: Any) -> None:
    rng = np.random.default_rng(0)
    X, new = rng.random((60, 3)), rng.random((300, 3))
    mean, _ = model(Features(cube(3))).fit(X, hill(X), rng=rng).predict(new)
    assert np.corrcoef(mean, hill(new))[0, 1] > 0.7


@pytest.mark.parametrize("model", [GaussianProcess, IntegratedGaussianProcess])
def test_what_is_far_from_all_trials_is_less_certain(model: Any) -> None:
    rng = np.random.default_rng(0)
    X = 0.5 * rng.random((40, 2))
    _, variance = (
        model(Features(cube(2)))
        .fit(X, hill(X), rng=rng)
        .predict(np.array([[0.25, 0.25], [0.95, 0.95]]))
    )
    assert variance[1] > variance[0]


@pytest.mark.parametrize("model", PREDICTING)
def test_variances_are_of_the_size_of_the_errors(model: Any) -> None:
    rng = np.random.default_rng(0)
    X, new = rng.random((60, 3)), rng.random((300, 3))
    noise = 0.3 * rng.standard_normal(60)
    mean, variance = model(Features(cube(3))).fit(X, hill(X) + noise, rng=rng).predict(new)
    assert 0.2 < ((mean - hill(new)) ** 2).mean() / variance.mean() < 2.0


@pytest.mark.parametrize("model", PREDICTING)
def test_leaving_one_out_does_not_look_at_it(model: Any) -> None:
    """A value far off is not predicted from itself."""
    rng = np.random.default_rng(0)
    X = rng.random((30, 2))
    y = hill(X)
    y[7] += 3.0
    mean, _ = model(Features(cube(2))).fit(X, y, rng=rng).leave_one_out()
    assert mean[7] < y[7] - 1.5


def test_the_process_left_out_is_the_one_fitted_without() -> None:
    rng = np.random.default_rng(0)
    X = rng.random((15, 2))
    y = hill(X) - hill(X).mean()
    process = GaussianProcess(Features(cube(2))).fit(X, y, rng=rng)
    mean, variance = process.leave_one_out()
    for i in range(15):
        others = np.arange(15) != i
        # The constant mean is that of the data, which leaving one out shifts a little.
        shifted = process.conditioned_on(X[others], y[others] - y[others].mean())
        m, v = shifted.predict(X[i : i + 1])
        assert mean[i] == pytest.approx(m[0] + y[others].mean(), abs=0.02)
        assert variance[i] == pytest.approx(v[0] + process.noise, rel=1e-3)


def test_averaging_over_hyperparameters_is_wider_where_they_differ() -> None:
    """Of four points many stories can be told."""
    rng = np.random.default_rng(0)
    X = np.array([[0.1, 0.5], [0.3, 0.5], [0.6, 0.5], [0.9, 0.5]])
    y, new = np.array([1.0, -1.0, 1.0, -1.0]), rng.random((200, 2))
    features = Features(cube(2))
    _, one = GaussianProcess(features).fit(X, y, rng=rng).predict(new)
    _, many = IntegratedGaussianProcess(features).fit(X, y, rng=rng).predict(new)
    assert np.log(many).mean() > np.log(one).mean()


# ---------------------------------------------------------------------- densities

GRID = {
    "x": {"_type": "uniform", "_value": [0, 1]},
    "o": {"_type": "choice", "_value": [1, 2, 4]},
    "c": {"_type": "choice", "_value": ["a", "b"]},
}


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n=st.integers(0, 30))
def test_a_density_integrates_to_one(seed: int, n: int) -> None:
    space = SearchSpace(GRID)
    density = ParzenDensity(space, space.sample(n, np.random.default_rng(seed)))
    line = (np.arange(400) + 0.5) / 400
    X = np.array([[x, o, c] for x in line for o in (1 / 6, 0.5, 5 / 6) for c in (0.25, 0.75)])
    assert np.exp(density.log_density(X)).mean() == pytest.approx(1.0, abs=2e-3)


def test_draws_follow_their_density() -> None:
    space = SearchSpace(GRID)
    density = ParzenDensity(space, np.array([[0.9, 1 / 6, 0.75]] * 6))
    drawn = density.sample(4000, np.random.default_rng(0))
    for column, value in ((1, 1 / 6), (2, 0.75)):
        # The share of draws in a cell is the mean density in the cell times its size.
        cells = np.unique(drawn[:, column])
        others = space.sample(4000, np.random.default_rng(1))
        mass = np.exp(density.log_density(others))
        expected = (mass * (others[:, column] == value)).mean()
        assert len(cells) > 1
        assert (drawn[:, column] == value).mean() == pytest.approx(expected, abs=0.06)


def test_the_good_trials_neighbourhood_is_preferred() -> None:
    rng = np.random.default_rng(0)
    X = rng.random((80, 2))
    parzen = ParzenEstimator(Features(cube(2))).fit(X, hill(X), rng=rng)
    near, far = parzen.log_ratio(np.array([[0.4, 0.4], [0.95, 0.95]]))
    assert near > far
    assert hill(parzen.sample_good(200, rng)).mean() < hill(X).mean()


def test_pending_points_are_avoided() -> None:
    rng = np.random.default_rng(0)
    X = rng.random((20, 2))
    parzen = ParzenEstimator(Features(cube(2))).fit(X, hill(X), rng=rng)
    at = np.array([[0.4, 0.4]])
    assert parzen.with_fantasies(np.repeat(at, 5, axis=0)).log_ratio(at) < parzen.log_ratio(at)


# ---------------------------------------------------------------------- stacking


def test_stacking_weighs_by_what_the_mixture_predicts() -> None:
    scores = np.log(np.array([[0.9, 0.9, 0.9, 0.1], [0.1, 0.1, 0.1, 0.9], [1e-9] * 4]))
    weights = stacking_weights(scores, np.ones(4))
    grid = [(a, 1 - a) for a in np.linspace(0, 1, 1001)]
    best = max(grid, key=lambda w: np.log(np.array(w) @ np.exp(scores[:2])).sum())
    np.testing.assert_allclose(weights, [*best, 0.0], atol=2e-3)
