"""Brackets: as many configurations, for as long, as algorithm 1 of Hyperband says."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.hyperband import Brackets


def published(min_budget: int, max_budget: int, eta: int) -> list[list[tuple[int, int]]]:
    """Return (n_i, r_i) of each bracket, with exact fractions."""
    ratio = Fraction(max_budget, min_budget)
    s_max = max(s for s in range(64) if Fraction(eta) ** s <= ratio)
    found = []
    for s in range(s_max, -1, -1):
        n = math.ceil(Fraction((s_max + 1) * eta**s, s + 1))
        r = Fraction(max_budget, eta**s)
        found.append(
            [(math.floor(Fraction(n, eta**i)), math.floor(r * eta**i)) for i in range(s + 1)]
        )
    return found


@given(st.integers(1, 20), st.integers(1, 500), st.integers(2, 5))
def test_the_brackets_are_those_of_the_publication(least: int, more: int, eta: int) -> None:
    brackets = Brackets(least, least + more, eta)
    found = [[(rung.size, rung.budget) for rung in rungs] for rungs in brackets.cycle]
    assert found == published(least, least + more, eta)
    assert brackets.budgets == tuple(budget for _, budget in found[0])
    assert all(least <= budget <= least + more for budget in brackets.budgets)


@given(st.integers(1, 200), st.integers(2, 4), st.integers(0, 400))
def test_a_configuration_belongs_to_the_bracket_whose_turn_it_is(
    most: int, eta: int, number: int
) -> None:
    brackets = Brackets(1, most, eta)
    bracket = brackets.bracket_of(number)
    assert 0 <= number - brackets.first(bracket) < brackets.rungs(bracket)[0].size
    assert brackets.first(bracket + 1) == brackets.first(bracket) + brackets.rungs(bracket)[0].size


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((0, 9, 3), "min_budget"),
        ((1, 9.0, 3), "max_budget"),
        ((1, 0, 3), "max_budget"),
        ((9, 8, 3), "max_budget"),
        ((1, 9, 1), "eta"),
        ((1, 9, "3"), "eta"),
    ],
)
def test_invalid_budgets_are_refused(arguments: Any, named: str) -> None:
    with pytest.raises(ConfigError, match=f"{named} must be"):
        Brackets(*arguments)
