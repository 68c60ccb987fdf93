"""What models are fitted to: errors, their logarithms, and the way back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.bandit._modes import RESPONSES as NAMES
from nni_hpo_ext.surrogates import RESPONSES, ErrorScale, Response, response
from nni_hpo_ext.types import Objective

LOSS = Objective("loss", "minimize")
ACCURACY = Objective("accuracy", "maximize")


def made(name: str, values: list[float], objective: Objective = LOSS) -> Response:
    return response(name)(np.array(values, dtype=float), objective)


def test_the_names_that_users_type_are_those_there_are() -> None:
    assert set(NAMES) == set(RESPONSES)


@pytest.mark.parametrize("name", RESPONSES)
@given(
    values=st.lists(st.integers(-1000, 0), min_size=2, max_size=9),
    objective=st.sampled_from([LOSS, ACCURACY]),
)
def test_a_response_keeps_the_order_and_leads_back(
    name: str, values: list[int], objective: Objective
) -> None:
    y = np.sort(np.array(values)) / 1000
    respond = made(name, list(y), objective)
    assert (np.diff(respond.forward(y)) >= -1e-9).all()
    floor = 1e-5 if name in ("log", "hybrid-log") else 0.0  # errors below it count as it
    scale = ErrorScale(y, objective)
    kept = np.maximum(scale(y), floor)
    np.testing.assert_allclose(scale(respond.inverse(respond.forward(y))), kept, atol=1e-6)


@pytest.mark.parametrize("name", RESPONSES)
@pytest.mark.parametrize("value", [0.0, 1e-300, -7.5, 1e300])
def test_a_constant_objective_is_flat(name: str, value: float) -> None:
    values = np.full(5, value)
    assert made(name, [value] * 5).forward(values) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("name", RESPONSES)
def test_nan_stays_missing(name: str) -> None:
    assert math.isnan(made(name, [1.0, 2.0]).forward(np.array([math.nan]))[0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", RESPONSES)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_a_model_gets_finite_numbers_for_any_floats(name: str, values: list[float]) -> None:
    losses = np.array(values)
    assert np.isfinite(response(name)(losses, LOSS).forward(losses)).all()


def test_the_bad_tail_is_compressed_and_the_good_one_is_not() -> None:
    y = made("auto", [0.0, 1.0, 2.0, 3.0, 4.0, 1e9]).forward(
        np.array([0.0, 1.0, 2.0, 3.0, 4.0, 1e9])
    )
    assert (np.diff(y) > 0).all()
    assert y[1] - y[0] == pytest.approx(y[2] - y[1])
    assert y[5] - y[4] < 100 * (y[4] - y[3])
    assert y.std() == pytest.approx(1.0)


def test_the_hybrid_logarithm_is_the_published_one() -> None:
    """Of the error e: e above .3, else log10(max(e, 1e-5)) + .3 - log10(.3); 1 - accuracy = e."""
    errors = np.array([0.9, 0.5, 0.30001, 0.3, 0.1, 0.01, 1e-7])
    published = [e if e > 0.3 else np.log10(max(e, 1e-5)) + 0.3 - np.log10(0.3) for e in errors]
    y = made("hybrid-log", list(errors - 1.0), ACCURACY).forward(errors - 1.0)
    expected = (published - np.mean(published)) / np.std(published)
    np.testing.assert_allclose(y, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("losses", "objective", "errors"),
    [
        ([-0.9, -0.4], ACCURACY, [0.1, 0.6]),
        ([-90.0, -40.0], ACCURACY, [0.1, 0.6]),
        ([0.2, 0.7], LOSS, [0.2, 0.7]),
        ([50.0, 100.0, 400.0], LOSS, [0.15, 0.3, 1.2]),
        ([-3.0, -2.0, 5.0], LOSS, [0.3 / 11, 0.3, 0.3 * 8.1 / 1.1]),
    ],
)
def test_objectives_become_errors(
    losses: list[float], objective: Objective, errors: list[float]
) -> None:
    """Accuracies, percents, error rates, other losses, and what may be negative."""
    values = np.array(losses)
    scale = ErrorScale(values, objective)
    np.testing.assert_allclose(scale(values), errors)
    np.testing.assert_allclose(scale.inverse(scale(values)), values)
