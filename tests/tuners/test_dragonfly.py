"""DragonflyTuner on the real dragonfly-opt."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners import DragonflyTuner

FLAT = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "momentum": {"_type": "quniform", "_value": [0.0, 1.0, 0.1]},
    "batch": {"_type": "randint", "_value": [8, 65]},
    "width": {"_type": "choice", "_value": [64, 16, 32]},
    "optimizer": {"_type": "choice", "_value": ["adam", "sgd", "rmsprop"]},
    "clip": {"_type": "choice", "_value": [None, True, [1, 2]]},
    "decay": {"_type": "qloguniform", "_value": [1, 100, 5]},
    "noise": {"_type": "normal", "_value": [0, 1]},
    "scale": {"_type": "lognormal", "_value": [0, 1]},
    "shift": {"_type": "qnormal", "_value": [0, 5, 1]},
    "gain": {"_type": "qlognormal", "_value": [0, 1, 0.5]},
    "only": {"_type": "choice", "_value": ["one"]},
}
TWO = {"default": "maximize", "runtime": "minimize"}


def report(params: dict[str, Any]) -> dict[str, float]:
    accuracy = -((np.log10(params["lr"]) + 2) ** 2) - (params["optimizer"] == "sgd")
    return {"default": float(accuracy), "runtime": params["batch"] / 64 + params["width"] / 64}


def run(tuner: DragonflyTuner, n: int, space: Any = FLAT) -> list[dict[str, Any]]:
    """Tell the result of each trial two suggestions later, so that two are always pending."""
    tuner.update_search_space(space)
    configurations: list[dict[str, Any]] = []
    for i in range(n):
        configurations.append(tuner.generate_parameters(i))
        if i >= 2:
            tuner.receive_trial_result(i - 2, configurations[i - 2], report(configurations[i - 2]))
    return configurations


def test_it_searches_the_front_on_every_flat_type_with_trials_pending(
    caplog: pytest.LogCaptureFixture,
) -> None:
    configurations = run(DragonflyTuner(objectives=TWO, seed=1), 12)
    space = SearchSpace(FLAT)
    assert all(c in space for c in configurations)
    assert len({space.key(c) for c in configurations}) == 12
    assert "failed" not in caplog.text  # no fallback


def test_one_objective_is_searched_by_the_gp_bandit(caplog: pytest.LogCaptureFixture) -> None:
    space = {k: FLAT[k] for k in ("lr", "batch", "width", "optimizer")}
    tuner = DragonflyTuner(seed=1, num_init_evals=4)
    configurations = run(tuner, 14, space)
    assert "failed" not in caplog.text
    found = [report(c)["default"] for c in configurations]
    assert max(found[4:]) > max(found[:4])


def test_the_seed_decides_in_another_process_too() -> None:
    script = (
        "import sys; sys.path[:0] = ['.', 'tests']\n"
        "from tuners.test_dragonfly import DragonflyTuner, TWO, run\n"
        "print(run(DragonflyTuner(objectives=TWO, seed=5), 8))"
    )
    command = [sys.executable, "-c", script]
    fresh = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    np.random.seed(7)
    random.seed(7)
    assert fresh.strip() == str(run(DragonflyTuner(objectives=TWO, seed=5), 8))


@pytest.mark.parametrize("name", ["DragonflyTuner", "DiversifiedTuner"])
def test_the_global_random_states_are_left_alone_by_the_first_tuner_of_a_process(name: str) -> None:
    """It is the first one that imports the libraries, some of which draw when they are imported."""
    script = (
        "import random, numpy as np\n"
        "states = lambda: (random.getstate(), np.random.get_state()[1].tolist())\n"
        "before = states()\n"
        f"from nni_hpo_ext.tuners import {name}\n"
        f"tuner = {name}(seed=5, num_init_evals=2)\n"
        "tuner.update_search_space({'x': {'_type': 'uniform', '_value': [0, 1]}})\n"
        "for i in range(6):\n"
        "    params = tuner.generate_parameters(i)\n"
        "    tuner.receive_trial_result(i, params, params['x'])\n"
        "assert states() == before\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_failed_stopped_and_incomplete_trials_do_not_stop_the_model(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tuner = DragonflyTuner(objectives=TWO, seed=2, num_init_evals=3)
    tuner.update_search_space({"lr": FLAT["lr"], "clip": FLAT["clip"]})
    reports: list[Any] = [
        {"default": 0.5, "runtime": 1.0}, None, {"default": 0.4}, "text",
        {"default": 0.2, "runtime": 0.1, "partial": 1}, {"runtime": 2.0},
        {"default": 0.5, "runtime": 1.0}, {"default": 1e30, "runtime": 1e-30},
    ]  # fmt: skip
    for i, value in enumerate(reports):
        params = tuner.generate_parameters(i)
        tuner.receive_trial_result(i, params, value)
        tuner.trial_end(i, value is not None)
    assert tuner.generate_parameters(99)
    assert "the algorithm failed" not in caplog.text


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"acquisition": "magic"}, "acquisition must be .* got 'magic'"),
        ({"num_init_evals": 1}, "num_init_evals must be an integer >= 2, got 1"),
        ({"scalarisation": "cubic"}, "scalarisation must be .* got 'cubic'"),
        ({"build_new_model_every": 0}, "build_new_model_every must be an integer >= 1, got 0"),
        ({"objectives": {"a": "up"}}, "'a': direction must be .* got 'up'"),
    ],
)
def test_a_wrong_argument_is_refused_by_name_and_value(arguments: Any, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        DragonflyTuner(**arguments)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_any_number_of_objectives(n: int, caplog: pytest.LogCaptureFixture) -> None:
    names = [f"o{i}" for i in range(n)]
    objectives = {name: ("maximize", "minimize")[i % 2] for i, name in enumerate(names)}
    tuner = DragonflyTuner(objectives=objectives, seed=1, num_init_evals=4)
    tuner.update_search_space({f"x{i}": {"_type": "uniform", "_value": [0, 1]} for i in range(4)})
    for i in range(12):
        x = np.array(list(tuner.generate_parameters(i).values()))
        values = {name: float(((x - k / n) ** 2).sum()) for k, name in enumerate(names)}
        tuner.receive_trial_result(i, {f"x{j}": float(v) for j, v in enumerate(x)}, values)
    assert "the algorithm failed" not in caplog.text


def test_ten_thousand_imported_trials_do_not_stop_it(caplog: pytest.LogCaptureFixture) -> None:
    rng = np.random.default_rng(0)
    rows = rng.random((10_000, 2)).tolist()
    tuner = DragonflyTuner(seed=1, num_init_evals=2)
    tuner.update_search_space({n: {"_type": "uniform", "_value": [0, 1]} for n in ("x", "y")})
    tuner.import_data(
        [{"parameter": {"x": x, "y": y}, "value": -((x - 0.3) ** 2)} for x, y in rows]
    )
    for i in range(3):
        params = tuner.generate_parameters(i)
        tuner.receive_trial_result(i, params, -((params["x"] - 0.3) ** 2))
    assert abs(params["x"] - 0.3) < 0.1
    assert "the algorithm failed" not in caplog.text
