"""The embedded table of trained networks, and the script that made it."""

from __future__ import annotations

import importlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.errors import SearchSpaceError
from nni_hpo_ext.simulate.benchmarks import Digits
from nni_hpo_ext.simulate.benchmarks._digits import TIME_SCALE
from nni_hpo_ext.space import SearchSpace

ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def digits() -> Digits:
    return Digits()


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # the script sets them where they are not
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("digits_table")


def test_the_table_is_small_and_whole(digits: Digits) -> None:
    assert files("nni_hpo_ext.simulate").joinpath("data", "digits.npz").stat().st_size < 300_000
    assert digits.points.shape == (3072, 8)
    assert digits.curves.shape == (3072, 27)
    assert digits.seconds.shape == (3072,)
    assert np.isfinite(digits.curves).all()
    assert (digits.curves >= 0).all()
    assert (digits.curves <= 1).all()
    assert len(np.unique(digits.points, axis=0)) == 3072


def test_curves_rise_and_level_off(digits: Digits) -> None:
    start, end = np.median(digits.curves[:, 0]), np.median(digits.curves[:, -1])
    assert start < 0.25 < 0.5 < end
    good = digits.curves[digits.curves[:, -1] > 0.9]
    assert np.mean(np.abs(good[:, -4] - good[:, -1])) < 0.01


def test_the_top_is_narrow(digits: Digits) -> None:
    finals = np.sort(digits.curves[:, -1])
    assert digits.optimum == finals[-1] > digits.goal == finals[-10] > digits.typical
    # Few rows are near the best one: random search needs many trials to find one of them.
    assert np.mean(finals > digits.optimum - 0.004) < 0.01


def test_the_answer_to_a_rows_configuration_is_that_row(digits: Digits) -> None:
    space = SearchSpace(digits.search_space)
    for row in range(0, 3072, 16):
        assert digits.nearest(space.decode(digits.points[row])) == row


def test_the_answer_is_the_nearest_row(digits: Digits) -> None:
    space = SearchSpace(digits.search_space)
    rows = [space.decode(point) for point in digits.points]
    encoded = space.encode_all(rows)
    numeric = [i for i, name in enumerate(digits.search_space) if name != "optimizer"]
    for u in space.sample(20, np.random.default_rng(3)):
        params = space.decode(u)
        squares = ((encoded - u)[:, numeric] ** 2).sum(axis=1)
        squares += [row["optimizer"] != params["optimizer"] for row in rows]
        assert digits.nearest(params) == squares.argmin()


def test_a_training_is_a_row_and_never_varies(digits: Digits) -> None:
    params = SearchSpace(digits.search_space).decode(digits.points[5])
    training = digits.train(params, np.random.default_rng(1))
    assert training == digits.train(params, np.random.default_rng(2))
    assert training.values == tuple(digits.curves[5])
    assert training.epochs == tuple(range(1, 28))
    assert training.final == training.values[-1]
    assert training.seconds == digits.seconds[5]


def test_trainings_take_minutes_and_small_batches_longer(digits: Digits) -> None:
    assert 60 < np.median(digits.seconds) < 600
    sizes = np.floor(digits.points[:, list(digits.search_space).index("batch_size")] * 5)
    medians = [np.median(digits.seconds[sizes == i]) for i in range(5)]
    assert medians == sorted(medians, reverse=True)
    assert medians[0] > 3 * medians[-1]


def test_a_configuration_outside_the_space_is_an_error(digits: Digits) -> None:
    params = SearchSpace(digits.search_space).decode(digits.points[0])
    with pytest.raises(SearchSpaceError, match="dropout"):
        digits.train({**params, "dropout": 0.9}, RNG)


def test_the_script_trains_what_the_table_holds(digits: Digits, script: Any) -> None:
    points, data = script.design(), script.load()
    assert np.array_equal((points + 0.5) / 2**16, digits.points)
    networks = script.COPIES * len(data.y_val)
    for row in (3, 40, 500, 3000):
        params = script.configuration(points[row])
        seconds = script.operations(params, len(data.y_val)) @ script.COSTS
        assert digits.seconds[row] == pytest.approx(TIME_SCALE * seconds, rel=1e-6)
        # Another machine may add up in another order, and an image or two tip over.
        curve = script.correct(row, params, data) / networks
        assert np.abs(curve - digits.curves[row]).mean() < 0.01


def test_the_script_goes_on_where_it_was_interrupted(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made_up(row: int, params: dict[str, Any], data: Any) -> np.ndarray[Any, Any]:
        asked.append(row)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return np.full(script.EPOCHS, row, dtype=np.uint16)

    asked: list[int] = []
    monkeypatch.setattr(script, "correct", made_up)
    points, part = script.design(8), tmp_path / "table.part.npy"
    with pytest.raises(KeyboardInterrupt):
        script.trained(points, None, part)
    curves = script.trained(points, None, part)
    assert asked == [0, 1, 2, 2, 3, 4, 5, 6, 7]
    assert curves[:, 0].tolist() == list(range(8))


@pytest.mark.parametrize(
    ("optimizer", "rate"), [("sgd", 0.3), ("momentum", 0.05), ("rmsprop", 0.003), ("adam", 0.005)]
)
@pytest.mark.parametrize("width2", [0, 16])
def test_a_network_learns(script: Any, optimizer: str, rate: float, width2: int) -> None:
    params = {
        "learning_rate": rate,
        "final_rate": 0.1,
        "batch_size": 16,
        "optimizer": optimizer,
        "width1": 32,
        "width2": width2,
        "dropout": 0.1,
        "shift": 0.3,
    }
    data = script.load()
    (curve,) = script.train(params, data, 1, 8, np.random.default_rng(0))
    assert curve[-1] > 0.85 * len(data.y_val)
