"""Pareto dominance against its definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nni_hpo_ext.multiobjective import pareto_mask

VALUES = st.sampled_from([0.0, 1.0, 2.0, float("inf"), float("-inf"), float("nan")])


def dominates(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a <= b).all() and (a < b).any())


@given(
    st.integers(1, 4).flatmap(
        lambda k: arrays(float, st.tuples(st.integers(0, 9), st.just(k)), elements=VALUES)
    )
)
def test_the_front_is_what_nothing_dominates(Y: np.ndarray) -> None:
    sound = ~np.isnan(Y).any(axis=1)
    expected = [
        sound[i] and not any(sound[j] and dominates(Y[j], Y[i]) for j in range(len(Y)))
        for i in range(len(Y))
    ]
    assert pareto_mask(Y).tolist() == expected
