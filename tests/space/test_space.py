"""Search spaces: parsing, encoding, uniqueness, and what is refused."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_hpo_ext.errors import SearchSpaceError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing import MALFORMED_SPACES


def p(kind: str, *value: Any) -> dict[str, Any]:
    return {"_type": kind, "_value": list(value)}


NESTED = {
    "layer": p(
        "choice",
        {"_name": "conv", "size": p("choice", 3, 5), "act": p("choice", {"_name": "relu"}, "none")},
        {"_name": "pool"},
        "conv",
    ),
    "lr": p("loguniform", 1e-5, 1.0),
}
MIXED = {
    "options": p("choice", [1, 2], {"a": 1}, None, True, 1, "1"),
    "int": p("randint", -3, 4),
    "q": p("quniform", 0.25, 2.0, 0.3),
    "ql": p("qloguniform", 1, 1000, 10),
    "n": p("normal", 1.0, 0.5),
    "qn": p("qnormal", 0.0, 3.0, 0.5),
    "ln": p("lognormal", 0.0, 1.0),
    "qln": p("qlognormal", 0.0, 1.0, 0.5),
    "one": p("choice", "only"),
    "fixed": p("uniform", 2.0, 2.0),
}


@pytest.mark.parametrize("spec", [NESTED, MIXED], ids=["nested", "mixed"])
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_every_point_of_the_cube_is_a_configuration_of_the_space(spec: Any, data: Any) -> None:
    space = SearchSpace(spec)
    u = data.draw(st.lists(st.floats(0, 1), min_size=len(space), max_size=len(space)))
    params = space.decode(u)
    assert params in space
    assert json.loads(json.dumps(params, allow_nan=False)) == params
    again = space.encode(params)
    np.testing.assert_allclose(space.encode(space.decode(again)), again, atol=1e-9)
    np.testing.assert_allclose(space.snap(np.array([u]))[0], again, atol=1e-9)


def test_a_choice_tells_values_apart_that_python_holds_equal() -> None:
    space = SearchSpace({"x": p("choice", True, 1, 1.5, "1")})
    coordinates = [space.encode({"x": v})[0] for v in (True, 1, 1.5, "1")]
    assert len(set(coordinates)) == 4


def test_numeric_choices_are_ordered_by_value_and_others_as_written() -> None:
    space = SearchSpace({"n": p("choice", 64, 16, 32), "t": p("choice", "b", "a")})
    assert [d.domain.kind for d in space.dimensions] == ["ordinal", "categorical"]
    assert [space.decode([u, 0.0])["n"] for u in (0.1, 0.5, 0.9)] == [16, 32, 64]
    assert [space.decode([0.0, u])["t"] for u in (0.1, 0.9)] == ["b", "a"]


def test_decoding_draws_what_nni_draws() -> None:
    space = SearchSpace({"q": p("quniform", 0.0, 1.0, 0.4), "l": p("loguniform", 1e-4, 1.0)})
    draws = [space.decode(u) for u in np.random.default_rng(0).random((4000, 2))]
    assert {d["q"] for d in draws} == {0.0, 0.4, 0.8}
    assert np.median([math.log10(d["l"]) for d in draws]) == pytest.approx(-2, abs=0.1)


def test_parameters_of_branches_that_were_not_chosen_are_inactive() -> None:
    space = SearchSpace(NESTED)
    names = [d.name for d in space.dimensions]
    assert names == ["layer", "layer.conv.size", "layer.conv.act", "lr"]
    X = space.encode_all(
        [
            {"layer": {"_name": "conv", "size": 5, "act": {"_name": "relu"}}, "lr": 0.1},
            {"layer": {"_name": "pool"}, "lr": 0.1},
            {"layer": "conv", "lr": 0.1},
        ]
    )
    assert space.active(X).tolist() == [[True] * 4] + [[True, False, False, True]] * 2


def test_decoded_options_are_copies() -> None:
    space = SearchSpace({"x": p("choice", [1, 2])})
    space.decode([0.5])["x"].append(3)
    assert space.decode([0.5]) == {"x": [1, 2]}


@pytest.mark.parametrize(
    ("params", "culprit"),
    [
        ({"layer": {"_name": "pool"}}, "lr"),
        ({"layer": {"_name": "pool"}, "lr": 2.0}, "lr"),
        ({"layer": {"_name": "pool"}, "lr": "0.1"}, "lr"),
        ({"layer": {"_name": "pool"}, "lr": float("nan")}, "lr"),
        ({"layer": {"_name": "pool", "size": 3}, "lr": 0.1}, "size"),
        ({"layer": {"_name": "none"}, "lr": 0.1}, "layer"),
        ({"layer": {"_name": "pool"}, "lr": 0.1, "extra": 1}, "extra"),
    ],
)
def test_encoding_names_the_parameter_that_does_not_fit(params: Any, culprit: str) -> None:
    space = SearchSpace(NESTED)
    assert params not in space
    with pytest.raises(SearchSpaceError) as caught:
        space.encode(params)
    assert [f.where.split(".")[0] for f in caught.value.findings] == [culprit]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("empty", "has no parameters"),
        ("without _value", "is not a parameter"),
        ("unknown type", "unknown type 'unifrm'"),
        ("a text for a list", "not a list"),
        ("empty choice", "choice is empty"),
        ("one bound", "does not fit"),
        ("an infinite bound", "does not fit"),
        ("bounds the wrong way round", "above high"),
        ("empty randint", "empty"),
        ("randint of fractions", "are not integers"),
        ("logarithm of zero", "above 0"),
        ("step of zero", "step"),
        ("deviation of zero", "sigma"),
        ("two branches of one name", "branch names .* not distinct"),
        ("malformed inside a branch", "above high"),
    ],
)
def test_the_reason_is_given(name: str, problem: str) -> None:
    with pytest.raises(SearchSpaceError, match=problem):
        SearchSpace(MALFORMED_SPACES[name][0])


@pytest.mark.parametrize("name", MALFORMED_SPACES)
def test_a_malformed_space_is_refused_with_the_key(name: str) -> None:
    spec, where = MALFORMED_SPACES[name]
    with pytest.raises(SearchSpaceError) as caught:
        SearchSpace(spec)
    (finding,) = caught.value.findings
    assert finding.where == where
    assert finding.problem
    assert finding.remedy


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(SearchSpaceError) as caught:
        SearchSpace({"a": p("foo"), "b": p("uniform", 2, 1), "c": p("uniform", 0, 1)})
    assert [f.where for f in caught.value.findings] == ["a._type", "b._value"]


FINITE = {
    "choice": {"x": p("choice", 1, 2, 2), "y": p("choice", "a", None)},
    "grid": {"x": p("quniform", 0.25, 1.0, 0.5), "y": p("randint", 0, 3)},
    "normal": {"x": p("qnormal", 0, 0.3, 1)},
    "nested": {"x": p("choice", {"_name": "a", "k": p("randint", 0, 3)}, {"_name": "b"}, "c")},
}


@pytest.mark.parametrize("spec", FINITE.values(), ids=FINITE)
def test_a_finite_space_is_gone_through_without_repeat(spec: Any) -> None:
    space = SearchSpace(spec)
    rng = np.random.default_rng(0)
    tried: set[str] = set()
    for _ in itertools.count():
        params = space.untried(tried, rng, draws=2)
        if params is None:
            break
        assert params in space
        tried.add(space.key(params))
    assert len(tried) == space.cardinality


def test_a_continuous_space_has_no_end() -> None:
    space = SearchSpace(NESTED)
    assert space.cardinality == math.inf
    assert space.untried(set(), np.random.default_rng(0), draws=0) in space
