"""Curves and samples: exact while they are short, bounded when they are long."""

from __future__ import annotations

import json
import math
from bisect import insort

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.stopping import Curve
from nni_hpo_ext.stopping._sample import OrderedSample

VALUES = st.lists(st.floats(-1e9, 1e9) | st.just(math.nan), min_size=1, max_size=300)


@given(VALUES, st.data())
def test_a_curve_keeps_what_it_had_reached_at_its_checkpoints(
    values: list[float], data: st.DataObject
) -> None:
    curve = Curve("maximize", values)
    step = data.draw(st.integers(1, len(values)))
    reached = values[: step - step % (1 if step < 128 else 2 if step < 256 else 4)]
    finite = [v for v in reached if not math.isnan(v)]
    mark = curve.at(step)
    assert mark.best == max(finite, default=-math.inf)
    assert mark.mean == pytest.approx(np.mean(finite) if finite else -math.inf, abs=1e-3)


def test_many_steps_take_few_checkpoints() -> None:
    curve = Curve("minimize", range(100_000, 0, -1))
    assert len(curve.marks) < 800
    assert curve.shown(curve.best) == 1
    assert curve.shown(curve.at(1000).best) == 100_001 - 1000


@given(VALUES)
def test_a_curve_survives_a_journal(values: list[float]) -> None:
    curve = Curve("minimize", values)
    state = json.loads(json.dumps(curve.state_dict(), allow_nan=False))
    again = Curve.from_state("minimize", state)
    assert (again.steps, again.best, again.last) == (curve.steps, curve.best, curve.last)
    again.add(1.0)
    curve.add(1.0)
    assert again.marks == curve.marks


@pytest.mark.parametrize(
    "state", [{}, {"steps": 3, "last": 1.0, "marks": [[1, 1, 1]]}, {"steps": 1, "marks": 7}]
)
def test_a_damaged_state_is_refused(state: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Curve.from_state("maximize", state)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.floats(-5, 5), st.floats(0.01, 0.99))
def test_ranks_and_quantiles_are_numpys(values: list[float], extra: float, q: float) -> None:
    sample = OrderedSample()
    for value in values:
        sample.add(value)
    assert sample.above(extra) == sum(v > extra for v in values)
    assert sample.quantile_with(extra, q) == pytest.approx(np.quantile([*values, extra], q))
    lower = np.quantile(values, q, method="lower")
    assert sample.lower_quantile(q) == pytest.approx(lower) or q * (len(values) - 1) % 1 > 1 - 1e-9


def test_beyond_its_limit_a_sample_stays_small_and_fair() -> None:
    sample, everything = OrderedSample(limit=400), []
    for i in range(20_000):
        value = (i * 7919) % 20_011 / 20_011 + (i >= 10_000)  # the later ones are larger
        sample.add(value)
        insort(everything, value)
    assert (len(sample), sample.seen) == (400, 20_000)
    for q in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert sample.above(everything[int(q * 20_000)]) / 400 == pytest.approx(1 - q, abs=0.08)
