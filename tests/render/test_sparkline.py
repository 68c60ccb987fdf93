"""Curves drawn with characters."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.render.sparkline import scale_from, sparkline


def test_from_low_to_high_and_blank_without_a_value() -> None:
    assert sparkline([math.nan, 0.0, 0.5, 1.0, 2.0, -1.0], 0.0, 1.0) == " ▁▅██▁"


def test_a_flat_curve() -> None:
    assert sparkline([3.0, 3.0], 3.0, 3.0) == "▁▁"


@given(st.lists(st.floats(0, 1), min_size=2))
def test_larger_values_have_no_lower_bars(values: list[float]) -> None:
    assert list(sparkline(sorted(values), 0.0, 1.0)) == sorted(sparkline(values, 0.0, 1.0))


def test_a_bad_start_does_not_flatten_the_rest() -> None:
    steps = [-1e6, -900.0, 0.7, 0.8, 0.9]
    assert sparkline(steps, scale_from(steps), 0.9) == "▁▁▁▅█"
    assert scale_from([1e6, 0.3, 0.2, 0.1]) == 0.3  # smaller is better


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_the_scale_begins_at_a_value_of_the_curve(values: list[float]) -> None:
    steps = sorted(values)
    assert scale_from(steps) in steps
