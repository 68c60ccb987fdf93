"""Spaces of which only listed configurations may be tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.space import CandidateSpace, SearchSpace

SPACE = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "size": {"_type": "randint", "_value": [1, 10]},
    "act": {"_type": "choice", "_value": ["relu", "tanh"]},
}
CONFIGS = st.fixed_dictionaries(
    {
        "lr": st.floats(1e-4, 1.0),
        "size": st.integers(1, 9),
        "act": st.sampled_from(["relu", "tanh"]),
    }
)
POINTS = st.lists(st.floats(0, 1), min_size=3, max_size=3)


@given(st.lists(CONFIGS, min_size=1, max_size=20), POINTS)
def test_every_point_stands_for_the_nearest_candidate(
    configs: list[dict[str, Any]], u: list[float]
) -> None:
    space = CandidateSpace(SPACE, configs)
    points = SearchSpace(SPACE).encode_all(configs)
    nearest = np.linalg.norm(points - u, axis=1).min()
    chosen = space.decode(u)
    assert chosen in configs
    assert np.linalg.norm(space.encode(chosen) - u) == pytest.approx(nearest)
    np.testing.assert_allclose(space.snap(np.array([u]))[0], space.encode(chosen))


@given(st.lists(CONFIGS, min_size=1, max_size=20))
def test_each_candidate_is_decoded_as_it_was_given(configs: list[dict[str, Any]]) -> None:
    space = CandidateSpace(SPACE, configs)
    assert [space.decode(space.encode(c)) for c in configs] == configs


def test_equal_candidates_count_once_and_all_are_drawn() -> None:
    configs = [{"lr": 0.1, "size": i, "act": "relu"} for i in (1, 2, 3, 2)]
    space = CandidateSpace(SPACE, configs)
    assert space.cardinality == 3
    drawn = space.sample(100, np.random.default_rng(0))
    assert {space.decode(u)["size"] for u in drawn} == {1, 2, 3}


def test_a_trial_from_elsewhere_can_be_learnt_from() -> None:
    space = CandidateSpace(SPACE, [{"lr": 0.1, "size": 1, "act": "relu"}])
    assert {"lr": 0.5, "size": 9, "act": "tanh"} in space


def test_a_candidate_outside_the_space_is_named() -> None:
    outside = {"lr": 0.1, "size": 11, "act": "relu"}
    with pytest.raises(ConfigError, match=r"candidates\[1\] is not in the search space: size"):
        CandidateSpace(SPACE, [{"lr": 0.1, "size": 1, "act": "relu"}, outside])
