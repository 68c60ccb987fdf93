"""NAS-HPO-Bench-II through nashpobench2api, on files of its format that `conftest` makes up."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import nni
import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError, DataError, HpoExtError, MissingDependencyError
from nni_hpo_ext.simulate.benchmarks import NasHpoBench2
from nni_hpo_ext.space import SearchSpace

ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(0)
PARAMS = {
    "edge_0_1": "conv_3x3",
    "edge_0_2": "avg_pool_3x3",
    "edge_1_2": "skip",
    "edge_0_3": "zero",
    "edge_1_3": "skip",
    "edge_2_3": "avg_pool_3x3",
    "batch_size": 64,
    "learning_rate": 0.1,
}
needs_api = pytest.mark.skipif(
    importlib.util.find_spec("nashpobench2api") is None,
    reason="nashpobench2api is not installed (extra: benchmarks)",
)


@pytest.fixture
def benchmark(nas_hpo_bench2_files: Path) -> NasHpoBench2:
    return NasHpoBench2(nas_hpo_bench2_files)


def test_the_search_space_file_is_the_benchmarks() -> None:
    file = json.loads((ROOT / "search_spaces" / "nas_hpo_bench2.json").read_text())
    assert file == NasHpoBench2.search_space
    assert SearchSpace(file).cardinality == 4**6 * 8 * 6


@needs_api
def test_a_training_is_what_the_api_answers(
    benchmark: NasHpoBench2, nas_hpo_bench2_files: Path
) -> None:
    from nashpobench2api import NASHPOBench2API

    api = NASHPOBench2API(str(nas_hpo_bench2_files), verbose=False)
    key: dict[str, Any] = {"cellcode": "0|12|321", "lr": 0.1, "batch_size": 64}
    training = benchmark.train(PARAMS, RNG)
    assert (training.final, training.seconds) == api.query_by_key(**key)
    assert training.total_epochs == 12
    assert training.epochs == tuple(range(1, 13))
    assert training.values == tuple(api.query_by_key(**key, iepoch=e)[0] for e in training.epochs)


class _Program:
    def __reduce__(self) -> Any:
        return os.putenv, ("NNI_HPO_UNPICKLED", "yes")


@needs_api
def test_its_pickles_run_nothing(nas_hpo_bench2_files: Path, tmp_path: Path) -> None:
    for file in nas_hpo_bench2_files.glob("*.pkl"):
        (tmp_path / file.name).write_bytes(pickle.dumps(_Program()))
    with pytest.raises(DataError, match=r"names posix\.putenv, which plain data does not need"):
        NasHpoBench2(tmp_path)


@needs_api
def test_the_result_is_the_apis_own_for_what_was_trained(benchmark: NasHpoBench2) -> None:
    trained = [{**PARAMS, "edge_0_1": operation} for operation in ("zero", "conv_3x3", "skip")]
    for _ in range(2):  # a result says nothing of those before it
        result = benchmark.result(trained)
        assert result["acc_trans"] == [benchmark.train(params, RNG).final for params in trained]
        assert result["best_key_trans"][-1]["cellcode"] == "0|12|321"
        assert result["final_accs"] == list(benchmark.test_values(PARAMS).values())
    with pytest.raises(HpoExtError, match="at least one"):
        benchmark.result([])


@needs_api
def test_optimum_and_typical_come_from_all_configurations(benchmark: NasHpoBench2) -> None:
    best = {**dict.fromkeys(PARAMS, "conv_3x3"), "batch_size": 16, "learning_rate": 0.003125}
    assert benchmark.train(best, RNG).final == benchmark.optimum
    space = SearchSpace(benchmark.search_space)
    finals = [benchmark.train(space.decode(u), RNG).final for u in space.sample(500, RNG)]
    assert benchmark.typical == pytest.approx(np.median(finals), abs=1)


@needs_api
def test_what_the_benchmark_does_not_hold_is_an_error(benchmark: NasHpoBench2) -> None:
    with pytest.raises(DataError, match=r"0\.3"):
        benchmark.train({**PARAMS, "learning_rate": 0.3}, RNG)
    with pytest.raises(ConfigError, match=r"nas_hpo_bench2\.json"):
        benchmark.train({**PARAMS, "edge_0_1": "conv_5x5"}, RNG)


def test_a_missing_folder_is_one_line_with_the_place_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NNI_HPO_BENCHMARKS", raising=False)
    with pytest.raises(DataError, match=r"https://drive\.google\.com/.*--data-dir"):
        NasHpoBench2()
    monkeypatch.setenv("NNI_HPO_BENCHMARKS", str(tmp_path))
    with pytest.raises(DataError, match=r"nashpobench2 has no bench12\.pkl, cellinfo\.pkl"):
        NasHpoBench2()


def test_a_missing_package_is_named(
    nas_hpo_bench2_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nashpobench2api", None)
    with pytest.raises(MissingDependencyError, match="pip install nashpobench2api"):
        NasHpoBench2(nas_hpo_bench2_files)


@needs_api
def test_damaged_files_are_an_error(tmp_path: Path) -> None:
    for content in (b"", pickle.dumps({"lr": 1})):
        for name in ("bench12", "cellinfo", "avgaccs200"):
            (tmp_path / f"{name}.pkl").write_bytes(content)
        with pytest.raises(DataError, match="cannot be read"):
            NasHpoBench2(tmp_path)


@needs_api
def test_the_trial_reports_accuracy_cost_and_test_accuracies(
    nas_hpo_bench2_files: Path, monkeypatch: pytest.MonkeyPatch, benchmark: NasHpoBench2
) -> None:
    path = ROOT / "examples" / "nas_hpo_bench2" / "trial.py"
    spec = importlib.util.spec_from_file_location("nas_hpo_bench2_trial", path)
    assert spec is not None
    assert spec.loader is not None
    trial = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(trial)
    epochs: list[dict[str, float]] = []
    finals: list[dict[str, Any]] = []
    monkeypatch.setattr(nni, "report_intermediate_result", epochs.append)
    monkeypatch.setattr(nni, "report_final_result", finals.append)
    options = [f"--{n.replace('_', '-')}={v}" for n, v in PARAMS.items()]
    monkeypatch.setattr(sys, "argv", ["trial.py", *options, f"--data-dir={nas_hpo_bench2_files}"])
    trial.main()
    training = benchmark.train(PARAMS, RNG)
    assert tuple(e["default"] for e in epochs) == training.values
    assert epochs[-1]["cost"] == training.seconds
    (final,) = finals
    assert (final["default"], final["cost"]) == (training.final, training.seconds)
    tests = (final["test_accuracy_12"], final["test_accuracy_200"])
    assert tests == tuple(benchmark.test_values(PARAMS).values())
