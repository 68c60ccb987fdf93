"""Points that differ from the incumbent in few parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.acquisition import subspace_points
from nni_hpo_ext.space import SearchSpace

MIXED: dict[str, Any] = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "units": {"_type": "randint", "_value": [8, 300]},
    "layers": {"_type": "randint", "_value": [1, 4]},
    "optimizer": {"_type": "choice", "_value": [f"o{i}" for i in range(25)]},
    "fixed": {"_type": "choice", "_value": ["only"]},
    "dropout": {"_type": "uniform", "_value": [0.0, 0.9]},
}
FREE = ["lr", "units", "layers", "optimizer", "dropout"]


@given(turn=st.integers(0, 30), seed=st.integers(0, 99))
def test_one_parameter_always_moves_and_at_most_two_others(turn: int, seed: int) -> None:
    space = SearchSpace(MIXED)
    rng = np.random.default_rng(seed)
    centre = space.sample(1, rng)[0]
    points = subspace_points(space, centre, turn, rng)
    names = [d.name for d in space.dimensions]
    changed = np.abs(points - centre) > 1e-12
    assert len(points) > 100
    assert changed[:, names.index(FREE[turn % len(FREE)])].all()
    assert changed.sum(axis=1).max() <= 3
    # All points lie in the same subspace.
    assert changed.any(axis=0).sum() <= 3


@given(turn=st.integers(0, 3), seed=st.integers(0, 99))
def test_a_numeric_parameter_moves_by_a_tenth_of_its_range(turn: int, seed: int) -> None:
    space = SearchSpace({k: {"_type": "uniform", "_value": [-5, 5]} for k in "abcd"})
    rng = np.random.default_rng(seed)
    centre = space.sample(1, rng)[0]
    points = subspace_points(space, centre, turn, rng)
    assert (np.abs(points[:, turn] - centre[turn]) >= 0.1).all()


def test_parameters_of_a_branch_that_is_not_chosen_have_no_turn() -> None:
    space = SearchSpace(
        {
            "model": {
                "_type": "choice",
                "_value": [
                    {"_name": "svm", "C": {"_type": "uniform", "_value": [0, 1]}},
                    {"_name": "forest", "depth": {"_type": "uniform", "_value": [0, 1]}},
                ],
            }
        }
    )
    centre = space.encode({"model": {"_name": "svm", "C": 0.5}})
    for turn in range(4):
        points = subspace_points(space, centre, turn, np.random.default_rng(turn))
        assert len(points)
        assert not (np.abs(points - centre) < 1e-12).all(axis=1).any()


@pytest.mark.parametrize("turn", [0, 7])
def test_no_point_if_nothing_can_move(turn: int) -> None:
    space = SearchSpace({"only": {"_type": "choice", "_value": ["x"]}})
    assert len(subspace_points(space, np.array([0.5]), turn, np.random.default_rng(0))) == 0
