"""Hypervolume and the boxes left to improve, against brute force."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_hpo_ext.multiobjective import hypervolume, improvement_boxes

# Values on a small grid: ties and duplicates come by themselves, and volumes can be counted.
CELLS = 4
VALUES = st.sampled_from([*map(float, range(CELLS + 2)), float("inf")])
POINTS = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.lists(VALUES, min_size=k, max_size=k), min_size=1, max_size=8)
)


def dominated_cells(points: list[list[float]]) -> int:
    """Count the unit cells below the reference that some point dominates."""
    k = len(points[0])
    cells = itertools.product(range(CELLS), repeat=k)
    return sum(
        any(all(c >= p for c, p in zip(cell, pt, strict=True)) for pt in points) for cell in cells
    )


@given(POINTS)
@settings(max_examples=150, deadline=None)
def test_hypervolume_counts_what_is_dominated(points: list[list[float]]) -> None:
    reference = [CELLS] * len(points[0])
    assert hypervolume(points, reference) == pytest.approx(dominated_cells(points))


@given(POINTS, st.data())
@settings(max_examples=100, deadline=None)
def test_a_point_lies_in_one_box_if_nothing_dominates_it_and_in_none_else(
    points: list[list[float]], data: Any
) -> None:
    k = len(points[0])
    lower, upper = improvement_boxes(points, [CELLS] * k)
    # Between the grid lines, so that no border is hit.
    y = np.array(data.draw(st.lists(st.integers(-2, CELLS), min_size=k, max_size=k))) + 0.5
    inside = ((lower < y) & (y < upper)).all(axis=1).sum()
    below = bool((y < CELLS).all())
    dominated = any(all(p <= c for p, c in zip(pt, y, strict=True)) for pt in points)
    assert inside == (below and not dominated)


def test_infinities_and_nan() -> None:
    assert hypervolume([[np.inf, 0.0], [np.nan, 0.0]], [1, 1]) == 0.0
    assert hypervolume([[-np.inf, 0.0]], [1, 1]) == np.inf
    assert hypervolume(np.empty((0, 2)), [1, 1]) == 0.0
    lower, upper = improvement_boxes([[np.inf, np.inf]], [1.0, 2.0])
    assert lower.tolist() == [[-np.inf, -np.inf]]
    assert upper.tolist() == [[1.0, 2.0]]


def test_two_objectives_need_one_box_more_than_the_front_has_points() -> None:
    front = [[i, 9 - i] for i in range(10)]
    assert len(improvement_boxes(front, [10, 10])[0]) == 11
