"""Acquisition functions against numerical integration, and their maximisation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, qmc

from nni_hpo_ext.acquisition import (
    HypervolumeImprovement,
    Maximiser,
    confidence_bound,
    log_expected_hypervolume_improvement,
    log_expected_improvement,
    log_expected_ray_improvement,
    log_probability_of_improvement,
)
from nni_hpo_ext.multiobjective import hypervolume, improvement_boxes
from nni_hpo_ext.space import SearchSpace


@pytest.mark.parametrize("mean", [-2.0, 0.3, 1.0, 4.0])
@pytest.mark.parametrize("std", [0.1, 1.0, 3.0])
def test_expected_improvement_is_the_integral(mean: float, std: float) -> None:
    best = 0.5
    density = norm(mean, std).pdf
    low = min(mean, best) - 12 * std
    integral, _ = quad(
        lambda y: (best - y) * density(y), low, best, epsabs=0, epsrel=1e-10, points=[mean]
    )
    value = log_expected_improvement(np.array([mean]), np.array([std]), best)[0]
    assert value == pytest.approx(np.log(integral), abs=1e-6)


def test_log_expected_improvement_falls_where_the_plain_one_is_zero() -> None:
    means = np.array([10.0, 40.0, 100.0, 2000.0, 1e6])
    values = log_expected_improvement(means, np.ones(5), 0.0)
    assert np.isfinite(values).all()
    assert (np.diff(values) < 0).all()
    # E[(Y)+] ~ phi(z) / z^2
    assert values[2] == pytest.approx(norm.logpdf(100.0) - 2 * np.log(100.0), rel=1e-3)


@pytest.mark.parametrize("k", [1, 2])
def test_expected_hypervolume_improvement_is_the_mean_growth(k: int) -> None:
    rng = np.random.default_rng(k)
    front = rng.random((4, k))
    reference = np.full(k, 1.2)
    mean, std = rng.random(k) * 0.8, np.full(k, 0.3)
    lower, upper = improvement_boxes(front, reference)
    value = log_expected_hypervolume_improvement(mean[None], std[None], lower, upper)[0]
    # Stratified draws of the outcome, each with its growth of the dominated volume.
    n = {1: 4000, 2: 70}[k]
    grid = norm.ppf((np.arange(n) + 0.5) / n)
    outcomes = mean + std * np.stack(np.meshgrid(*[grid] * k), axis=-1).reshape(-1, k)
    before = hypervolume(front, reference)
    growth = [hypervolume(np.vstack([front, y]), reference) - before for y in outcomes]
    assert np.exp(value) == pytest.approx(np.mean(growth), rel=0.03)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_expected_hypervolume_improvement_is_the_integral_over_the_boxes(k: int) -> None:
    rng = np.random.default_rng(k)
    mean, std = rng.random(k), 0.1 + rng.random(k)
    lower, upper = improvement_boxes(rng.random((5, k)), np.full(k, 1.2))

    def side(j: int, low: float, high: float) -> float:
        """E[(high - max(low, Y))+] for the objective j."""
        density = norm(mean[j], std[j]).pdf
        start = min(mean[j], high) - 12 * std[j]
        grow = quad(lambda y: (high - max(low, y)) * density(y), start, high, points=[low])[0]
        return float(grow)

    boxes = zip(np.maximum(lower, -20), upper, strict=True)
    total = sum(np.prod([side(j, lo[j], up[j]) for j in range(k)]) for lo, up in boxes)
    value = log_expected_hypervolume_improvement(mean[None], std[None], lower, upper)[0]
    assert value == pytest.approx(np.log(total), abs=1e-6)


def test_far_from_the_front_the_log_still_has_a_slope() -> None:
    lower, upper = improvement_boxes([[0.0, 0.0]], [1.0, 1.0])
    mean = np.array([[50.0, 50.0], [60.0, 60.0]])
    values = log_expected_hypervolume_improvement(mean, np.ones((2, 2)), lower, upper)
    assert np.isfinite(values).all()
    assert values[0] > values[1]


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize("level", [0.3, 1.0])
def test_expected_improvement_along_a_ray_is_the_mean_growth(k: int, level: float) -> None:
    rng = np.random.default_rng(k)
    front, reference = 0.5 + rng.random((4, k)), np.full(k, 1.5)
    direction = np.abs(rng.standard_normal(k))
    mean, std = np.full(k, level), np.full(k, 0.3)

    def volume(Y: np.ndarray) -> Any:
        return np.maximum((reference - Y) / direction, 0.0).min(axis=1) ** k

    draws = mean + std * norm.ppf(qmc.Sobol(k, rng=rng).random(2**16))
    growth = np.maximum(volume(draws) - volume(front).max(), 0.0).mean()
    value = log_expected_ray_improvement(mean[None], std[None], front, reference, direction)
    assert np.exp(value[0]) == pytest.approx(growth, rel=0.02)


def test_the_mean_over_rays_is_the_expected_hypervolume_improvement_up_to_a_constant() -> None:
    rng = np.random.default_rng(0)
    k, reference = 3, np.full(3, 1.2)
    front, mean = rng.random((5, k)), rng.random((3, k))
    std = np.full_like(mean, 0.3)
    exact = log_expected_hypervolume_improvement(mean, std, *improvement_boxes(front, reference))
    directions = np.abs(norm.ppf(qmc.Sobol(k, rng=rng).random(1024)))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    rays = [log_expected_ray_improvement(mean, std, front, reference, v) for v in directions]
    assert np.ptp(np.log(np.mean(np.exp(rays), axis=0)) - exact) < 0.1


def test_far_from_the_front_a_ray_still_has_a_slope() -> None:
    mean, one = np.array([[50.0, 50.0], [60.0, 60.0]]), np.ones(2)
    values = log_expected_ray_improvement(mean, np.ones((2, 2)), np.zeros((1, 2)), one, one)
    assert np.isfinite(values).all()
    assert values[0] > values[1]


class Predicted:
    """Stands in for models whose points are their own means."""

    def __init__(self, completed: list[list[float]], pending: list[list[float]]) -> None:
        self.completed_X = np.array(completed)
        self.pending = np.array(pending).reshape(-1, self.completed_X.shape[1])

    def predict(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return X, np.full_like(X, 1e-3)

    def typical(self, n_first: int) -> np.ndarray:
        return np.zeros(self.completed_X.shape[1])

    def log_feasibility(self, X: np.ndarray) -> np.ndarray:
        return np.zeros(len(X))


def hypervolume_improvement(
    X: list[list[float]], completed: list[list[float]], pending: list[list[float]]
) -> np.ndarray:
    models: Any = Predicted(completed, pending)
    acquisition = HypervolumeImprovement(models, n_baseline=1, rng=np.random.default_rng(0))
    return acquisition(np.array(X))


@pytest.mark.parametrize("k", [2, 3, 5])
def test_a_running_trial_leaves_less_to_gain_around_it(k: int) -> None:
    near, completed = [[-1.0] * k], [[-0.5] * k]
    alone = hypervolume_improvement(near, completed, [])
    assert hypervolume_improvement(near, completed, [[-1.1] * k]) < alone - 1.0


def test_a_point_far_out_for_next_to_nothing_does_not_widen_the_region() -> None:
    front = [[-1.0, -1.0], [-1.01, 100.0]]
    along_it, ahead = hypervolume_improvement([[-1.05, 90.0], [-0.9, -1.05]], front, [])
    assert along_it < ahead


MIXED = {
    "x": {"_type": "uniform", "_value": [0, 1]},
    "n": {"_type": "randint", "_value": [0, 50]},
    "c": {"_type": "choice", "_value": ["a", "b", "c"]},
    "fixed": {"_type": "choice", "_value": ["only"]},
}


def test_the_maximum_of_a_mixed_function_is_found() -> None:
    space = SearchSpace(MIXED)

    def acquisition(X: np.ndarray) -> np.ndarray:
        off = 3.0 * np.abs(X[:, 2] - 0.5)
        return np.asarray(-100 * (X[:, 0] - 0.3) ** 2 - 1000 * (X[:, 1] - 0.71) ** 2 - off)

    rng = np.random.default_rng(0)
    u = Maximiser(space)(acquisition, rng, anchors=np.empty((0, 4)), taboo=np.empty((0, 4)))
    assert u is not None
    params = space.decode(u)
    assert params["x"] == pytest.approx(0.3, abs=0.04)
    assert params["n"] == 35
    assert params["c"] == "b"


@pytest.mark.parametrize("space", [MIXED, {"n": MIXED["n"], "c": MIXED["c"]}], ids=["mixed", "few"])
def test_several_functions_are_maximised_at_once_each_on_its_own(space: Any) -> None:
    wanted: list[dict[str, Any]] = [
        {"x": 0.3, "n": 35, "c": "b", "fixed": "only"},
        {"x": 0.9, "n": 5, "c": "a", "fixed": "only"},
    ]
    targets = [SearchSpace(space).encode({n: w[n] for n in space}) for w in wanted]
    calls = []

    def acquisitions(X: np.ndarray) -> np.ndarray:
        calls.append(len(X))
        return np.stack([-1000 * ((X - t) ** 2).sum(axis=1) for t in targets])

    none = np.empty((0, len(space)))
    maximiser, rng = Maximiser(SearchSpace(space)), np.random.default_rng(0)
    points = maximiser.several(acquisitions, rng, anchors=none, taboo=none)
    assert points is not None
    for u, params in zip(points, wanted, strict=True):
        found = {**params, **SearchSpace(space).decode(u)}
        assert (found["n"], found["c"]) == (params["n"], params["c"])
        assert found["x"] == pytest.approx(params["x"], abs=0.04)
    alone = len(calls)
    calls.clear()
    maximiser(lambda X: acquisitions(X)[0], rng, anchors=none, taboo=none)
    assert alone == len(calls)  # no more predictions than for one


@pytest.mark.parametrize("n", [3, 3000])
def test_taboo_points_are_not_returned_while_others_are_left(n: int) -> None:
    space = SearchSpace({"n": {"_type": "randint", "_value": [0, n]}})
    rng = np.random.default_rng(0)
    taboo = np.empty((0, 1))
    seen: list[Any] = []
    for _ in range(3):
        u = Maximiser(space)(lambda X: X[:, 0], rng, anchors=taboo, taboo=taboo)
        assert u is not None
        seen.append(space.decode(u)["n"])
        taboo = np.vstack([taboo, u])
    assert seen == [n - 1, n - 2, n - 3]
    if n == 3:
        assert Maximiser(space)(lambda X: X[:, 0], rng, anchors=taboo, taboo=taboo) is None


def test_a_parameter_that_hardly_matters_is_not_pulled_to_its_borders() -> None:
    space = SearchSpace({n: {"_type": "uniform", "_value": [0, 1]} for n in ("matters", "not")})

    def acquisition(X: np.ndarray) -> np.ndarray:
        return np.asarray(-100 * (X[:, 0] - 0.3) ** 2 + 0.02 * np.abs(X[:, 1] - 0.5))

    none = np.empty((0, 2))
    found = [
        Maximiser(space)(acquisition, np.random.default_rng(i), anchors=none, taboo=none)
        for i in range(20)
    ]
    points = np.array(found)
    assert points[:, 0] == pytest.approx(0.3, abs=0.04)
    assert (np.abs(points[:, 1] - 0.5) < 0.4).mean() > 0.5


@pytest.mark.parametrize("mean", [-2.0, 0.3, 4.0])
@pytest.mark.parametrize("std", [0.1, 1.0, 3.0])
def test_probability_of_improvement_is_the_integral(mean: float, std: float) -> None:
    best, low = 0.5, min(mean, 0.5) - 12 * std
    integral, _ = quad(norm(mean, std).pdf, low, best, epsabs=0, epsrel=1e-10, points=[mean])
    value = log_probability_of_improvement(np.array([mean]), np.array([std]), best)[0]
    assert value == pytest.approx(np.log(integral), abs=1e-6)


def test_the_confidence_bound_is_so_many_deviations_below_the_mean() -> None:
    assert confidence_bound(np.array([2.0]), np.array([0.5]), width=3.0)[0] == -0.5
