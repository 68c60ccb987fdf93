"""Evolution: selection, variation, and the search itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_hpo_ext.evolution import EvolutionSearch, best_first, offspring
from nni_hpo_ext.multiobjective import hypervolume
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing import SPACES
from nni_hpo_ext.tuners import EvolutionTuner, RandomTuner
from nni_hpo_ext.types import Objective, Trial, TrialStatus


def p(kind: str, *value: Any) -> dict[str, Any]:
    return {"_type": kind, "_value": list(value)}


CUBE = {f"x{i}": p("uniform", 0, 1) for i in range(4)}
NESTED = {
    "lr": p("loguniform", 1e-4, 1),
    "opt": p(
        "choice",
        {"_name": "sgd", "momentum": p("uniform", 0, 1), "nesterov": p("choice", True, False)},
        {"_name": "adam", "beta": p("uniform", 0.8, 1)},
        "none",
    ),
}


# ---------------------------------------------------------------------- selection


def dominates(a: Sequence[float], b: Sequence[float]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and tuple(a) != tuple(b)


def fronts(points: list[tuple[float, ...]]) -> list[int]:
    """Return the number of each point's front, by definition."""
    front: list[int] = [0] * len(points)
    left, level = list(range(len(points))), 0
    while left:
        best = [i for i in left if not any(dominates(points[j], points[i]) for j in left)]
        for i in best:
            front[i] = level
        left, level = [i for i in left if i not in best], level + 1
    return front


VALUES = st.integers(0, 5).map(float)


@given(st.integers(1, 3).flatmap(lambda k: st.lists(st.tuples(*[VALUES] * k), min_size=1)))
@settings(max_examples=200, deadline=None)
def test_a_better_front_comes_first(points: list[tuple[float, ...]]) -> None:
    order = best_first(points, len(points))
    assert sorted(order) == list(range(len(points)))
    by_front = [fronts(points)[i] for i in order]
    assert by_front == sorted(by_front)
    assert best_first(points, 3) == order[:3]


def test_within_a_front_the_ends_and_the_lonely_come_first() -> None:
    front = [[0.0, 10.0], [1.0, 9.0], [1.5, 8.5], [6.0, 4.0], [10.0, 0.0]]
    order = best_first(front, 5)
    assert set(order[:2]) == {0, 4}
    assert order[2] == 3


def test_points_with_nan_come_last() -> None:
    nan = math.nan
    assert best_first([[nan, 0.0], [2.0, 2.0], [nan, nan], [1.0, 1.0]], 4)[:2] == [3, 1]
    assert best_first([[nan], [2.0], [1.0]], 3) == [2, 1, 0]


# ---------------------------------------------------------------------- variation


@pytest.mark.parametrize("name", SPACES)
def test_a_child_lies_in_the_space_and_differs_from_its_parents(name: str) -> None:
    space, rng = SearchSpace(SPACES[name]), np.random.default_rng(0)
    for _ in range(20):
        parents = space.sample(2, rng)
        child = space.decode(offspring(space, parents[:1], rng))
        assert child in space
        assert space.key(child) != space.key(space.decode(parents[0]))
        assert space.decode(offspring(space, parents, rng)) in space


def test_numeric_steps_are_mostly_small_and_on_the_scale_of_the_type() -> None:
    space, rng = SearchSpace({"lr": p("loguniform", 1e-6, 1.0)}), np.random.default_rng(0)
    parent = space.encode({"lr": 1e-3})[None]
    children = [space.decode(offspring(space, parent, rng)) for _ in range(500)]
    decades = [abs(math.log10(child["lr"]) + 3) for child in children]
    assert np.median(decades) < 1
    assert max(decades) > 1.5


def test_options_without_order_are_drawn_anew() -> None:
    space, rng = SearchSpace({"act": p("choice", *"abcde")}), np.random.default_rng(0)
    parent = space.encode({"act": "a"})[None]
    drawn = [space.decode(offspring(space, parent, rng))["act"] for _ in range(400)]
    assert {c: drawn.count(c) > 60 for c in "bcde"} == dict.fromkeys("bcde", True)
    assert "a" not in drawn


def test_parameters_of_another_branch_are_drawn_anew() -> None:
    space, rng = SearchSpace(NESTED), np.random.default_rng(0)
    parent = space.encode({"lr": 0.1, "opt": {"_name": "adam", "beta": 0.9}})[None]
    children = [space.decode(offspring(space, parent, rng))["opt"] for _ in range(300)]
    momenta = [c["momentum"] for c in children if isinstance(c, dict) and "momentum" in c]
    assert len(momenta) > 20
    assert min(momenta) < 0.2 < 0.8 < max(momenta)


def test_crossover_takes_every_parameter_from_a_parent_that_has_it() -> None:
    space, rng = SearchSpace(NESTED), np.random.default_rng(0)
    parents = space.encode_all(
        [
            {"lr": 0.001, "opt": {"_name": "adam", "beta": 0.85}},
            {"lr": 0.1, "opt": {"_name": "adam", "beta": 0.95}},
        ]
    )
    mixed = {
        (config["lr"], config["opt"]["beta"])
        for config in (space.decode(offspring(space, parents, rng)) for _ in range(200))
        if isinstance(config["opt"], dict) and config["opt"]["_name"] == "adam"
    }
    near = {(round(math.log10(lr)), round(beta, 2)) for lr, beta in mixed}
    assert {(-3, 0.95), (-1, 0.85)} <= near


# ---------------------------------------------------------------------- search


def search(spec: Any = CUBE, directions: Sequence[str] = ("minimize",), **changes: Any) -> Any:
    objectives = [Objective(f"o{i}", d) for i, d in enumerate(directions)]  # type: ignore[arg-type]
    settings = {"seed": 0, "population": 5, "tournament": 2, "num_init_evals": 2} | changes
    return EvolutionSearch(SearchSpace(spec), objectives, **settings)


def trial(number: int, params: Any, *values: float, status: str = "completed") -> Trial:
    return Trial(number, params, TrialStatus(status), values)


def parents_of(evolution: Any, n: int = 60) -> set[int]:
    reasons = [s.reason for s in evolution.suggest(n, []) if s.arm == "evolution"]
    assert reasons
    return {int(word) for reason in reasons for word in reason.split() if word.isdigit()}


def line(n: int) -> list[dict[str, float]]:
    return [{**dict.fromkeys(CUBE, 0.5), "x0": (i + 0.5) / n} for i in range(n)]


def test_old_trials_leave_the_population_however_good() -> None:
    evolution = search(num_init_evals=1)
    evolution.observe([trial(i, c, float(i)) for i, c in enumerate(line(12))])
    assert parents_of(evolution) <= {7, 8, 9, 10, 11}


def test_with_several_objectives_the_front_stays() -> None:
    evolution = search(directions=("minimize", "maximize"), num_init_evals=1)
    front = [trial(i, c, float(i), float(i)) for i, c in enumerate(line(5))]
    later = [trial(5 + i, c, 9.0, -1.0) for i, c in enumerate(line(20))]
    evolution.observe(front + later)
    assert parents_of(evolution) <= {0, 1, 2, 3, 4}


def test_failed_trials_are_no_parents_and_stopped_ones_may_be() -> None:
    evolution = search(num_init_evals=1)
    configs = line(3)
    evolution.observe(
        [
            trial(0, configs[0], status="failed"),
            trial(1, configs[1], 2.0, status="stopped"),
            trial(2, configs[2], 1.0),
        ]
    )
    assert parents_of(evolution) == {1, 2}


def test_without_a_result_the_design_goes_on() -> None:
    evolution = search(num_init_evals=2)
    arms = {s.arm for s in evolution.suggest(6, [])}
    evolution.observe([trial(0, line(1)[0], status="failed")])
    assert arms | {s.arm for s in evolution.suggest(6, [])} == {"initial"}


def test_running_configurations_are_not_suggested_again() -> None:
    spec = {"a": p("choice", 1, 2, 3), "b": p("choice", "x", "y")}
    space = SearchSpace(spec)
    everything = [space.decode(u) for u in space.points(np.random.default_rng(0))]
    evolution = search(spec)
    evolution.observe([trial(0, everything[0], 1.0)])
    (suggestion,) = evolution.suggest(1, everything[1:-1])
    assert suggestion.params == everything[-1]


def play(tuner: Any, spec: Any, report: Callable[[Any], Any], n: int = 60) -> list[Any]:
    """Run trials, two at a time, and return their reports."""
    tuner.update_search_space(spec)
    running = [(0, tuner.generate_parameters(0))]
    reports = []
    for i in range(1, n + 1):
        running.append((i, tuner.generate_parameters(i)))
        number, params = running.pop(0)
        reports.append(report(params))
        tuner.receive_trial_result(number, params, reports[-1])
        tuner.trial_end(number, True)
    return reports


def test_one_objective_is_minimised_much_further_than_at_random() -> None:
    spec = {**CUBE, "act": p("choice", "a", "b", "c")}

    def loss(params: Any) -> float:
        return sum((params[x] - 0.3) ** 2 for x in CUBE) + 0.5 * (params["act"] != "b")

    found = {
        cls: np.mean(
            [min(play(cls(optimize_mode="minimize", seed=s), spec, loss)) for s in range(8)]
        )
        for cls in (EvolutionTuner, RandomTuner)
    }
    assert found[EvolutionTuner] < 0.6 * found[RandomTuner]


def test_the_front_of_two_objectives_is_much_larger_than_at_random() -> None:
    def zdt1(params: Any) -> dict[str, float]:
        first, *others = (params[x] for x in CUBE)
        g = 1 + 9 * float(np.mean(others))
        return {"f1": first, "f2": g * (1 - math.sqrt(first / g))}

    def volume(cls: Any, seed: int) -> float:
        tuner = cls(objectives={"f1": "minimize", "f2": "minimize"}, seed=seed)
        reports = play(tuner, CUBE, zdt1)
        return hypervolume([[r["f1"], r["f2"]] for r in reports], [1.1, 5.0])

    gain = [volume(EvolutionTuner, s) - volume(RandomTuner, s) for s in range(8)]
    assert np.mean(gain) > 0.5
