"""The search space to go on with: conservative, usable, and never without the best."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nni.common.hpo_utils import validate_search_space
from report_studies import GOALS, SPACE, make_study, two_objectives

from nni_hpo_ext.report._elite import chance_of_none, elite_mask
from nni_hpo_ext.report._narrow import Narrowing, narrow
from nni_hpo_ext.report._sample import Sample, make_sample
from nni_hpo_ext.simulate import load_benchmark
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.types import Params


def narrowed(value: Callable[[Params], float], space: Any, n: int = 100) -> Narrowing:
    study = make_study(lambda params, _: {"default": value(params)}, n=n, space=space)
    sample = make_sample(study)
    assert sample is not None
    return narrow(sample, space)


def change(narrowing: Narrowing, name: str) -> Any:
    return next(c for c in narrowing.changes if c.name == name)


RATE = {"rate": {"_type": "loguniform", "_value": [1e-6, 1.0]}, "x": SPACE["width"]}


def test_a_bad_end_of_a_range_is_cut() -> None:
    found = narrowed(lambda p: -abs(np.log10(p["rate"]) + 3), RATE)
    low, high = found.space["rate"]["_value"]
    assert 1e-6 < low < 1e-4
    assert 1e-2 < high < 1.0
    assert "none among the best 20 of 100" in change(found, "rate").reason
    assert found.space["x"] == RATE["x"]
    assert change(found, "x").kind == "kept"


def test_a_range_without_an_effect_stays() -> None:
    rng = np.random.default_rng(3)
    assert not narrowed(lambda _: rng.normal(), RATE).changed


def test_few_trials_change_nothing() -> None:
    assert not narrowed(lambda p: p["rate"], RATE, n=15).changed


def test_a_bound_at_which_the_best_crowd_moves_out() -> None:
    found = narrowed(lambda p: -p["x"], {"x": {"_type": "uniform", "_value": [10, 20]}})
    low, high = found.space["x"]["_value"]
    assert low == 7.5
    assert high < 20
    assert "cluster at the lower bound" in change(found, "x").reason


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("dropout", "uniform", [0, 1]),  # shares end at 0 and 1
        ("flag", "randint", [0, 2]),
        ("intra_op_parallelism_threads", "randint", [1, 9]),  # bounded by the hardware
    ],
)
def test_what_may_be_a_natural_limit_stays(name: str, kind: str, value: list[float]) -> None:
    found = narrowed(lambda p: p[name], {name: {"_type": kind, "_value": value}})
    assert found.space[name]["_value"][1] == value[1]


def test_an_option_is_dropped_only_with_evidence() -> None:
    space = {"o": {"_type": "choice", "_value": ["bad", "good", "best", "rare"]}}
    study = make_study(
        lambda p, i: {"default": 0.9 if p["o"] in ("good", "best") and i % 2 else 0.1},
        n=100,
        space=space,
    )
    rare = [t.number for t in study.trials if (t.params or {})["o"] == "rare"][2:]
    study = replace(study, trials=tuple(t for t in study.trials if t.number not in rare))
    sample = make_sample(study)
    assert sample is not None
    found = narrow(sample, space)
    assert found.space["o"]["_value"] == ["good", "best", "rare"]
    assert '"bad": tried' in change(found, "o").reason


def test_options_between_good_numbers_stay() -> None:
    space = {"n": {"_type": "choice", "_value": [64, 16, 32, 8]}}
    found = narrowed(lambda p: 1.0 if p["n"] in (16, 64) else 0.0, space)
    assert found.space["n"]["_value"] == [64, 16, 32]


def test_a_branch_keeps_what_is_within_it() -> None:
    def value(params: Params) -> float:
        return float(params["head"].get("units", 0)) / 64

    found = narrowed(value, SPACE, n=200)
    (branch,) = found.space["head"]["_value"]
    assert branch["_name"] == "dense"
    assert branch["units"]["_value"][0] > 8
    assert branch["units"]["_value"][2] == 8


KINDS = {
    "uniform": [-2.5, 3.0],
    "quniform": [1, 10, 0.5],
    "loguniform": [1e-4, 10.0],
    "qloguniform": [1, 1000, 3],
    "randint": [-3, 40],
    "normal": [0, 2],
    "qnormal": [0, 2, 0.5],
    "lognormal": [0, 1],
    "choice": [1, 2.5, "a", "b"],
}


@given(
    st.sampled_from(sorted(KINDS)),
    st.floats(0, 1),
    st.floats(0.02, 1),
    st.integers(25, 80),
    st.integers(0, 99),
)
@settings(max_examples=40)
def test_whatever_the_trials_the_proposal_can_be_used_and_holds_the_best(
    kind: str, peak: float, width: float, n: int, seed: int
) -> None:
    space = {"p": {"_type": kind, "_value": KINDS[kind]}, "q": SPACE["head"]}
    parsed, rng = SearchSpace(space), np.random.default_rng(seed)
    study = make_study(
        lambda p, _: {"default": -abs(parsed.encode(p)[0] - peak) / width + 0.1 * rng.normal()},
        n=n,
        space=space,
    )
    sample = make_sample(study)
    assert sample is not None
    found = narrow(sample, space)
    new = SearchSpace(json.loads(json.dumps(found.space)))
    assert validate_search_space(found.space)
    best = elite_mask(sample.losses, sample.completed)
    assert best.sum() >= 0.1 * n
    for trial, is_best in zip(sample.trials, best, strict=True):
        if is_best:
            assert trial.params in new


def test_by_two_objectives_the_best_of_both_are_held() -> None:
    sample = make_sample(make_study(two_objectives, n=120, goals=GOALS))
    assert sample is not None
    new = SearchSpace(narrow(sample, SPACE).space)
    for j in range(2):
        losses = np.where(sample.completed, sample.losses[:, j], np.inf)
        for i in np.argsort(losses)[:24]:
            assert sample.trials[i].params in new


@pytest.mark.parametrize(
    ("task", "optimum"), [("hartmann3", (0.1146, 0.5556, 0.8525)), ("rosenbrock", (1.0,) * 4)]
)
def test_a_global_optimum_is_kept_in_a_smaller_space(task: str, optimum: tuple[float, ...]) -> None:
    surrogate = load_benchmark(task)
    space = SearchSpace(surrogate.search_space)
    for seed in range(5):
        X = space.sample(100, np.random.default_rng(seed))
        values = np.array([surrogate.true_value(space.decode(u)) for u in X])
        everywhere = np.ones(X.shape, dtype=bool)
        sample = Sample(space, (), X, everywhere, values[:, None], everywhere[:, 0], foreign=0)
        new = narrow(sample, surrogate.search_space).space
        assert dict(zip(new, optimum, strict=True)) in SearchSpace(new)
        old = surrogate.search_space
        shares = [np.ptp(new[p]["_value"]) / np.ptp(old[p]["_value"]) for p in new]
        assert np.prod(shares) < 0.9


@given(st.integers(1, 9), st.data())
def test_the_chance_is_that_of_a_draw(n: int, data: st.DataObject) -> None:
    n_elite = data.draw(st.integers(1, n))
    n_region = data.draw(st.integers(0, n))
    draws = list(combinations(range(n), n_elite))
    clear = sum(min(draw) >= n_region for draw in draws)
    assert len(draws) == comb(n, n_elite)
    assert chance_of_none(n, n_elite, n_region) == pytest.approx(clear / len(draws))
