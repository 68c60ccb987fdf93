"""The Gaussian process: gradients, scikit-learn's as a reference, and odd data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.surrogates import Features, GaussianProcess
from nni_hpo_ext.surrogates._gp_posterior import LONG, Prior, negative_log_posterior


def cube(d: int) -> SearchSpace:
    return SearchSpace({f"x{i}": {"_type": "uniform", "_value": [0, 1]} for i in range(d)})


MIXED = SearchSpace(
    {
        "x": {"_type": "uniform", "_value": [0, 1]},
        "o": {"_type": "choice", "_value": [1, 2, 4]},
        "c": {"_type": "choice", "_value": ["a", "b", "c"]},
        "one": {"_type": "choice", "_value": ["only"]},
        "nested": {
            "_type": "choice",
            "_value": [{"_name": "p", "k": {"_type": "randint", "_value": [0, 9]}}, {"_name": "q"}],
        },
    }
)


def data(space: SearchSpace, n: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = space.sample(n, rng)
    y = np.sin(5 * X[:, 0]) + 0.1 * rng.standard_normal(n)
    return X, (y - y.mean()) / (y.std() or 1.0)


def fitted(space: SearchSpace, X: Any, y: Any) -> GaussianProcess:
    return GaussianProcess(Features(space)).fit(X, y, rng=np.random.default_rng(0))


def test_the_gradient_of_the_posterior_is_its_derivative() -> None:
    X, y = data(MIXED, 30)
    features = Features(MIXED)
    prior = Prior(features.n_groups, LONG)
    theta = prior.starts[0] + np.random.default_rng(1).normal(size=len(prior.starts[0])) * 0.3
    args = (features.transform(X), y, features.owner, prior)
    numeric = approx_fprime(theta, lambda t: negative_log_posterior(t, *args)[0], 1e-6)
    np.testing.assert_allclose(negative_log_posterior(theta, *args)[1], numeric, atol=1e-3)


def test_predictions_are_scikit_learns_under_the_same_hyperparameters() -> None:
    space = cube(3)
    X, y = data(space, 25)
    gp = fitted(space, X, y)
    theta = gp._fitted
    kernel = ConstantKernel(theta.scale) * Matern(gp.lengthscales, nu=2.5) + WhiteKernel(
        theta.noise + 1e-8 * theta.scale
    )
    reference = GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None).fit(X, y - y.mean())
    new = space.sample(40, np.random.default_rng(5))
    mean, variance = gp.predict(new)
    expected, std = reference.predict(new, return_std=True)
    np.testing.assert_allclose(mean, expected + y.mean(), atol=1e-6)
    # scikit-learn adds the noise to the variance.
    np.testing.assert_allclose(variance, std**2 - theta.noise - 1e-8 * theta.scale, atol=1e-6)


def test_it_finds_which_parameter_matters() -> None:
    X, y = data(cube(6), 60)
    lengthscales = fitted(cube(6), X, y).lengthscales
    assert lengthscales.argmin() == 0
    assert lengthscales[0] < 0.2 * np.sort(lengthscales)[1]


def test_equal_options_are_near_and_branches_not_chosen_do_not_count() -> None:
    features = Features(MIXED)
    a = {"x": 0.5, "o": 1, "c": "a", "one": "only", "nested": {"_name": "q"}}
    X = MIXED.encode_all([a, {**a, "c": "b"}, {**a, "c": "c"}, {**a, "o": 4}])
    F = features.transform(X)
    distances = ((F[0] - F) ** 2).sum(axis=1)
    np.testing.assert_allclose(distances, [0.0, 1.0, 1.0, (2 / 3) ** 2])


@pytest.mark.parametrize(
    ("n", "d", "values"),
    [(1, 2, "plain"), (2, 1, "plain"), (20, 50, "plain"), (20, 3, "constant"), (20, 3, "twins")],
)
def test_odd_data_gives_finite_predictions(n: int, d: int, values: str) -> None:
    space = cube(d)
    X, y = data(space, n)
    if values == "constant":
        y = np.zeros(n)
    if values == "twins":
        X = np.repeat(X[:1], n, axis=0)
    mean, variance = fitted(space, X, y).predict(space.sample(50, np.random.default_rng(2)))
    assert np.isfinite(mean).all()
    assert (variance > 0).all()


def test_a_pending_point_lowers_the_variance_around_it_and_keeps_the_mean() -> None:
    space = cube(2)
    gp = fitted(space, *data(space, 15))
    point = np.array([[0.9, 0.1]])
    with_it = gp.with_fantasies(point)
    assert with_it.predict(point)[1][0] < 0.8 * gp.predict(point)[1][0]
    assert with_it.predict(point)[0] == pytest.approx(gp.predict(point)[0], abs=0.05)


def test_many_points_are_fitted_on_a_subset_and_predicted_with_all() -> None:
    space = cube(2)
    X, y = data(space, 600)
    mean, _ = fitted(space, X, y).predict(X)
    assert np.corrcoef(mean, y)[0, 1] > 0.95
