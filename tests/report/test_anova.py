"""Functional ANOVA against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from nni_hpo_ext.report._anova import Anova
from nni_hpo_ext.report._leaves import columns, leaves_of
from nni_hpo_ext.space import SearchSpace

MIXED = {
    "x": {"_type": "uniform", "_value": [0, 1]},
    "c": {"_type": "choice", "_value": ["a", "b", "c"]},
    "k": {"_type": "randint", "_value": [0, 4]},
}


def by_enumeration(tree: DecisionTreeRegressor, space: SearchSpace) -> dict[tuple[int, ...], float]:
    """Explain the variance of a tree on a grid so fine that every box is a union of cells."""
    edges = np.unique(np.concatenate([[0, 1], tree.tree_.threshold[tree.tree_.feature == 0]]))
    x, x_weight = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    # Column 4 is k: its cuts lie between the centres of the cells.
    cuts = np.unique(np.concatenate([[0, 1], tree.tree_.threshold[tree.tree_.feature == 4]]))
    k, k_weight = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts)
    c, c_weight = np.array([1, 3, 5]) / 6, np.full(3, 1 / 3)
    grid = np.stack(np.meshgrid(x, c, k, indexing="ij"), axis=-1)
    f = tree.predict(columns(space, grid.reshape(-1, 3))).reshape(grid.shape[:3])
    weights = (x_weight, c_weight, k_weight)
    mean = np.einsum("ijk,i,j,k->", f, *weights)

    def part(*kept: int) -> float:
        marginal = f
        for axis in sorted(set(range(3)) - set(kept), reverse=True):
            marginal = np.tensordot(marginal, weights[axis], axes=(axis, 0))
        squares = marginal**2
        for axis in sorted(kept, reverse=True):
            squares = np.tensordot(squares, weights[axis], axes=(-1, 0))
        return float(squares - mean**2)

    return {dims: part(*dims) for dims in [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]}


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_what_parameters_of_a_tree_explain_is_exact(seed: int) -> None:
    space, rng = SearchSpace(MIXED), np.random.default_rng(seed)
    X = space.sample(40, rng)
    y = rng.normal(size=40) + 3 * X[:, 0] * (X[:, 1] > 0.4)
    tree = DecisionTreeRegressor(random_state=0, min_samples_leaf=2).fit(columns(space, X), y)
    leaves = leaves_of(tree.tree_, space)
    for dims, expected in by_enumeration(tree, space).items():
        assert leaves.explained(list(dims)) == pytest.approx(expected, abs=1e-7)
    assert leaves.variance == pytest.approx(leaves.explained([0, 1, 2]), abs=1e-7)


@pytest.fixture(scope="module")
def anova() -> Anova:
    space, rng = SearchSpace(MIXED), np.random.default_rng(0)
    X = space.sample(300, rng)
    # x explains 1/12 of variance, c adds 2/3 of 1/4 by its option "b"; k nothing.
    return Anova(space, X, X[:, 0] + 1.0 * ((X[:, 1] > 1 / 3) & (X[:, 1] < 2 / 3)))


def test_shares_come_near_those_of_the_function(anova: Anova) -> None:
    x, c, k = anova.main.mean(axis=0)
    variance_x, variance_c = 1 / 12, 2 / 9
    assert x == pytest.approx(variance_x / (variance_x + variance_c), abs=0.06)
    assert c == pytest.approx(variance_c / (variance_x + variance_c), abs=0.06)
    assert k < 0.02
    assert anova.interaction(0, 1).mean() < 0.05
    assert anova.explained > 0.9


def test_marginals_follow_the_function(anova: Anova) -> None:
    x = anova.marginal(0, np.array([0.1, 0.9])).mean(axis=0)
    assert x[1] - x[0] == pytest.approx(0.8, abs=0.1)
    c = anova.marginal(1, np.array([1, 3, 5]) / 6).mean(axis=0)
    assert c[1] - c[0] == pytest.approx(1.0, abs=0.15)
    both = anova.marginal_pair(0, 1, np.array([0.1, 0.9]), np.array([1, 3]) / 6)
    assert both == pytest.approx(np.array([[0.1, 1.1], [0.9, 1.9]]), abs=0.25)


def test_a_constant_has_no_importance() -> None:
    space, rng = SearchSpace(MIXED), np.random.default_rng(0)
    anova = Anova(space, space.sample(20, rng), np.ones(20))
    assert anova.main.shape == (0, 3)
    assert anova.explained == 0.0


def test_noise_is_not_predicted() -> None:
    space, rng = SearchSpace(MIXED), np.random.default_rng(1)
    assert Anova(space, space.sample(60, rng), rng.normal(size=60)).explained < 0.2
