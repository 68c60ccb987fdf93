"""Grid search: every point once, in an order that covers the space evenly."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import nni
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from nni_hpo_ext.errors import ConfigError, SpaceExhaustedError
from nni_hpo_ext.grid import GridSearch, GridSpace
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing import SPACES
from nni_hpo_ext.tuners import GridTuner

NUMBERS = st.floats(0.01, 1.0)


def p(kind: str, *value: Any) -> dict[str, Any]:
    return {"_type": kind, "_value": list(value)}


def cube(d: int) -> dict[str, Any]:
    return {f"x{i}": p("uniform", 0, 1) for i in range(d)}


def visited(space: SearchSpace, n: int, seed: int = 0) -> list[dict[str, Any]]:
    return [dict(s.params) for s in GridSearch(space, seed).suggest(n, [])]


def keys(configs: list[dict[str, Any]]) -> set[str]:
    return {SearchSpace.key(c) for c in configs}


def branches(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    spaces = st.dictionaries(st.sampled_from("abc"), children, max_size=2)
    return st.lists(spaces, min_size=1, max_size=3).map(
        lambda options: p("choice", *({"_name": f"b{i}", **o} for i, o in enumerate(options)))
    )


PARAMETERS = st.recursive(
    st.one_of(
        st.integers(1, 4).map(lambda n: p("choice", *range(n))),
        st.integers(1, 9).map(lambda n: p("randint", 0, n)),
        st.sampled_from(["uniform", "normal", "loguniform", "lognormal"]).map(
            lambda kind: p(kind, 0.5, 2.0)
        ),
        NUMBERS.map(lambda q: p("quniform", 0, 1, q)),
        NUMBERS.map(lambda q: p("qlognormal", 0, 1, q)),
    ),
    branches,
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from("xyz"), PARAMETERS, min_size=1), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_every_point_is_visited_exactly_once(spec: dict[str, Any], resolution: int) -> None:
    grid, full = GridSpace(spec, resolution), SearchSpace(spec)
    if grid.cardinality > 2000:
        return
    tried = visited(grid, int(grid.cardinality))
    everything = [grid.decode(u) for u in grid.points(np.random.default_rng(0))]
    assert len(keys(tried)) == len(tried)
    assert keys(tried) == keys(everything)
    assert all(config in full for config in tried)
    with pytest.raises(SpaceExhaustedError):
        visited(grid, len(tried) + 1)


def test_levels_by_type() -> None:
    spec = {
        "uniform": p("uniform", 0, 1),
        "log": p("loguniform", 0.01, 1),
        "normal": p("normal", 0, 1),
        "few": p("randint", 3, 5),
        "many": p("randint", 0, 101),
        "rounded": p("qloguniform", 1, 8, 4),
        "options": p("choice", "a", "b", "c", "d"),
    }
    levels: dict[str, list[Any]] = {name: [] for name in spec}
    for name in spec:
        grid = GridSpace({name: spec[name]}, 3)
        levels[name] = [c[name] for c in map(grid.decode, grid.points(np.random.default_rng(0)))]
    assert levels["uniform"] == [0.0, 0.5, 1.0]
    assert levels["log"] == pytest.approx([0.01, 0.1, 1.0])
    assert levels["normal"] == pytest.approx([-0.967, 0.0, 0.967], abs=1e-3)  # 1/6, 1/2, 5/6
    assert levels["few"] == [3, 4]
    assert levels["many"] == [0, 50, 100]
    assert levels["rounded"] == [1.0, 4.0, 8.0]
    assert levels["options"] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [8, 16, 40, 90])
def test_any_number_of_first_points_covers_the_space_more_evenly_than_random_ones(
    d: int, n: int
) -> None:
    def discrepancy(points: Any) -> float:
        return float(qmc.discrepancy(np.array(points, dtype=float)))

    grid = GridSpace(cube(d), 100 if d == 1 else 10)
    ours = [discrepancy([list(c.values()) for c in visited(grid, n, s)]) for s in range(5)]
    rng = np.random.default_rng(0)
    drawn = [discrepancy([list(c.values()) for c in decoded(grid, n, rng)]) for _ in range(20)]
    assert np.mean(ours) < 0.75 * np.mean(drawn)


def decoded(grid: GridSpace, n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    return [grid.decode(u) for u in grid.sample(n, rng)]


@pytest.mark.parametrize("seed", range(5))
def test_every_option_of_a_nested_choice_comes_early(seed: int) -> None:
    spec = {
        "model": p(
            "choice",
            {"_name": "svm", **cube(3)},
            {"_name": "tree", "depth": p("randint", 1, 9)},
            {"_name": "constant"},
        ),
        "scale": p("choice", True, False),
    }
    tried = {c["model"]["_name"] for c in visited(GridSpace(spec), 8, seed)}
    assert tried == {"svm", "tree", "constant"}


def test_a_grid_of_1e60_points_needs_no_list_of_them() -> None:
    assert GridSpace(cube(60)).cardinality == pytest.approx(1e60)
    assert len(keys(visited(GridSpace(cube(60)), 20))) == 20


def test_configurations_off_the_grid_can_be_imported_and_do_not_shrink_it() -> None:
    tuner = GridTuner(resolution=3, seed=0)
    tuner.update_search_space({"x": p("uniform", 0, 1)})
    tuner.import_data([{"parameter": {"x": x}, "value": 1.0} for x in (0.3, 0.5)])
    tried = [tuner.generate_parameters(i)["x"] for i in range(2)]
    assert sorted(tried) == [0.0, 1.0]
    with pytest.raises(nni.NoMoreTrialError):
        tuner.generate_parameters(2)


def test_the_number_of_points_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    GridTuner(resolution={"lr": 4}).update_search_space(
        {"lr": p("loguniform", 1e-4, 1), "units": p("randint", 0, 500), "act": p("choice", "a", 1)}
    )
    assert "the grid has 80 points; levels: lr 4, units 10, act 2" in caplog.text


def test_a_resumed_tuner_continues_the_grid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    first = GridTuner(resolution=4)
    first.update_search_space(SPACES["network"])
    tried = [first.generate_parameters(i) for i in range(30)]
    resumed = GridTuner(resolution=4)
    resumed.load_checkpoint()
    resumed.update_search_space(SPACES["network"])
    tried += [resumed.generate_parameters(100 + i) for i in range(30)]
    uninterrupted = visited(GridSpace(SPACES["network"], 4), 60, resumed._seed)
    assert json.loads(json.dumps(tried)) == uninterrupted


def test_in_a_new_search_space_no_earlier_point_is_repeated() -> None:
    tuner = GridTuner(resolution=3, seed=0)
    narrow = {"x": p("uniform", 0, 1), "c": p("choice", 1, 2)}
    tuner.update_search_space(narrow)
    tried = [tuner.generate_parameters(i) for i in range(4)]
    tuner.update_search_space({**narrow, "c": p("choice", 1, 2, 3)})
    tried += [tuner.generate_parameters(4 + i) for i in range(5)]
    assert keys(tried) == keys(
        [{"x": x, "c": c} for x, c in itertools.product((0.0, 0.5, 1.0), (1, 2, 3))]
    )


@pytest.mark.parametrize(
    ("resolution", "problem"),
    [
        (0, "resolution must be an integer >= 1, got 0"),
        ("fine", "resolution must be an integer >= 1, got 'fine'"),
        ({"lr": 2.5}, "resolution.lr must be an integer >= 1, got 2.5"),
        ({3: 3}, "resolution must be an integer or name parameters, got {3: 3}"),
    ],
)
def test_a_wrong_resolution_is_refused(resolution: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        GridTuner(resolution=resolution)
    assert str(error.value) == problem


@pytest.mark.parametrize("name", ["rate", "act"])
def test_a_resolution_names_ranges_only(name: str) -> None:
    tuner = GridTuner(resolution={name: 3})
    with pytest.raises(ConfigError, match=f"resolution: '{name}' is not .* are lr, opt.sgd.m"):
        tuner.check_search_space(
            {
                "lr": p("uniform", 0, 1),
                "act": p("choice", "relu", "tanh"),
                "opt": p("choice", {"_name": "sgd", "m": p("uniform", 0, 1)}, "adam"),
            }
        )
