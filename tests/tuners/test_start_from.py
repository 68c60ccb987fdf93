"""Tuners that start from earlier configurations and results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nni
import numpy as np
import pytest
from experiment_files import FakeExperiment
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.simulate import Options, Protocol, simulate
from nni_hpo_ext.space import SearchSpace, fitted, overlap
from nni_hpo_ext.testing import SPACES
from nni_hpo_ext.trace import trace_lines
from nni_hpo_ext.tuners import (
    DiversifiedTuner,
    DragonflyTuner,
    EvolutionTuner,
    ForestTuner,
    GPTuner,
    GridTuner,
    ParzenTuner,
    RandomTuner,
)

SPACE = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "units": {"_type": "choice", "_value": [16, 32, 64]},
    "act": {"_type": "choice", "_value": ["relu", "tanh"]},
}
TUNERS = [
    DragonflyTuner, DiversifiedTuner, GPTuner, ForestTuner, ParzenTuner, RandomTuner, GridTuner,
    EvolutionTuner,
]  # fmt: skip


def config(lr: float = 0.01, units: int = 32, act: str = "relu") -> dict[str, Any]:
    return {"lr": lr, "units": units, "act": act}


def started(start_from: Any, cls: Any = RandomTuner, spec: Any = SPACE, **arguments: Any) -> Any:
    tuner = cls(seed=0, start_from=start_from, **arguments)
    tuner.update_search_space(spec)
    return tuner


def learnt(tuner: Any) -> list[tuple[dict[str, Any], Any]]:
    return [(dict(params), report) for _, params, report in tuner._memory.history.reports()]


@pytest.mark.parametrize("cls", TUNERS)
def test_configurations_are_tried_first_and_results_learnt(cls: Any) -> None:
    result = {"parameter": config(0.3), "value": 0.7}
    tuner = started([config(0.01), result, config(0.02)], cls)
    assert learnt(tuner) == [(config(0.3), 0.7)]
    tried = [tuner.generate_parameters(i) for i in range(3)]
    assert tried[:2] == [config(0.01), config(0.02)]
    assert tried[2] not in (config(0.01), config(0.02), config(0.3))


def test_a_model_uses_the_results_at_once() -> None:
    results = [
        {"parameter": config(10.0**-e, u, a), "value": -abs(e - 2) - (a == "tanh")}
        for e in (0.5, 1, 1.5, 2, 2.5, 3)
        for u in (16, 64)
        for a in ("relu", "tanh")
    ]
    tuner = started(results, EvolutionTuner, num_init_evals=1)
    tuner.generate_parameters(0)
    children = [tuner.generate_parameters(i) for i in range(1, 21)]
    assert np.median([abs(np.log10(child["lr"]) + 2) for child in children]) < 0.7


def test_what_lies_outside_is_fitted_to_be_tried_and_skipped_to_be_learnt(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = [
        {"lr": 5.0, "units": 40, "act": "relu", "momentum": 0.9},
        {"lr": 0.1, "units": 64, "act": "gelu"},
        {"lr": 0.1, "units": 64},
    ]
    tuner = started(odd)
    tried = [tuner.generate_parameters(i) for i in range(3)]
    assert tried[0] == {"lr": 1.0, "units": 32, "act": "relu"}
    assert [(round(c["lr"], 9), c["units"]) for c in tried[1:]] == [(0.1, 64)] * 2
    assert {c["act"] for c in tried} <= {"relu", "tanh"}
    rows = [{"parameter": c, "value": 1.0} for c in [*odd, {**config(), "momentum": 0.9}]]
    rows.append({"parameter": config(0.5), "value": {"loss": 1.0}})
    assert learnt(started(rows)) == [(config(), 1.0)]
    assert "start_from: skipped 4 results that lack a parameter" in caplog.text


@given(st.sampled_from(sorted(SPACES)), st.sampled_from(sorted(SPACES)), st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_any_configuration_fits_any_space(old: str, new: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    earlier, space = SearchSpace(SPACES[old]), SearchSpace(SPACES[new])
    params = earlier.decode(earlier.sample(1, rng)[0])
    before = json.dumps(params)
    assert fitted(space, params, rng) in space
    common = overlap(space, params)
    if old == new:
        assert common == params == fitted(space, params, rng)
    assert json.dumps(params) == before


def test_a_simulation_and_its_export_are_learnt(tmp_path: Path) -> None:
    (run,) = simulate(Options("branin", protocol=Protocol(max_trials=6)))
    trace, listed = tmp_path / "trace.jsonl", tmp_path / "list.json"
    trace.write_text("".join(trace_lines(run)))
    rows = [{"parameter": dict(t.params), "value": str(t.final), "id": 3} for t in run.trials]
    listed.write_text(json.dumps(rows))
    for source in (trace, listed):
        tuner = started(str(source), spec=run.header.search_space, optimize_mode="minimize")
        assert [params for params, _ in learnt(tuner)] == [dict(t.params) for t in run.trials]
        trials = tuner._memory.history.trials(tuner._memory.objectives, False)
        assert [t.values[0] for t in trials] == [t.final for t in run.trials]


def test_an_experiment_is_learnt_with_the_right_parameters(experiment: FakeExperiment) -> None:
    experiment.trial(1, 0.1)
    experiment.trial(2, {"default": 0.2, "seconds": 5})
    experiment.trial(3, status="FAILED")
    experiment.trial(9, 0.9)  # outside the new space
    spec = {"x": {"_type": "randint", "_value": [0, 5]}}
    tuner = started(str(experiment.directory), spec=spec)
    assert learnt(tuner) == [
        ({"x": 1}, {"default": 0.1}),
        ({"x": 2}, {"default": 0.2, "seconds": 5.0}),
    ]


def test_a_resumed_tuner_does_not_need_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    source = tmp_path / "list.json"
    rows = [config(0.01), config(0.02), {"parameter": config(0.3), "value": 0.7}]
    source.write_text(json.dumps(rows))
    assert started(str(source)).generate_parameters(0) == config(0.01)
    source.unlink()
    resumed = RandomTuner(start_from=str(source))
    resumed.load_checkpoint()
    resumed.update_search_space(SPACE)
    assert resumed.generate_parameters(0) == config(0.02)
    assert learnt(resumed) == [(config(0.3), 0.7)]
    assert resumed.generate_parameters(1) not in (config(0.01), config(0.02))


@pytest.mark.parametrize(
    ("start_from", "problem"),
    [
        ([], "start_from must be a non-empty list"),
        (3, "start_from must be a non-empty list"),
        ([3], "start_from[0] must be a configuration such as"),
    ],
)
def test_a_wrong_argument_is_refused(start_from: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        RandomTuner(start_from=start_from)
    assert problem in str(error.value)


def test_a_source_that_does_not_exist_is_one_line_and_reaches_nni() -> None:
    tuner = RandomTuner(start_from="no_such_thing")
    with pytest.raises(ConfigError, match=r"start_from: no_such_thing: no experiment.*absolute"):
        tuner.check_search_space(SPACE)
    tuner.update_search_space(SPACE)
    with pytest.raises(nni.NoMoreTrialError, match=r"^start_from: no_such_thing"):
        tuner.generate_parameters(0)


def test_results_none_of_which_fits_are_refused_by_the_check() -> None:
    tuner = RandomTuner(start_from=[{"parameter": {"x": 1}, "value": 0.5}])
    with pytest.raises(ConfigError, match="start_from: none of its 1 results has values for all"):
        tuner.check_search_space(SPACE)
