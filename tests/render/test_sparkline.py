"""Curves drawn with characters."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.render.sparkline import sparkline


def test_from_low_to_high_and_blank_without_a_value() -> None:
    assert sparkline([math.nan, 0.0, 0.5, 1.0, 2.0, -1.0], 0.0, 1.0) == " ▁▅██▁"


def test_a_flat_curve() -> None:
    assert sparkline([3.0, 3.0], 3.0, 3.0) == "▁▁"


@given(st.lists(st.floats(0, 1), min_size=2))
def test_larger_values_have_no_lower_bars(values: list[float]) -> None:
    assert list(sparkline(sorted(values), 0.0, 1.0)) == sorted(sparkline(values, 0.0, 1.0))
