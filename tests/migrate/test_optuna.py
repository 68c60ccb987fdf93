"""Trials of Optuna become data for our tuners and an experiment for our commands."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from nni_hpo_ext.cli import app
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.migrate import import_optuna, read_optuna, space_of
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.study import End, load_study
from nni_hpo_ext.tuners import ParzenTuner

optuna = pytest.importorskip("optuna", reason="optuna is not installed: extra benchmarks")
optuna.logging.set_verbosity(optuna.logging.WARNING)

N_TRIALS = 8
PRUNED, FAILED = 3, 5


def objective(trial: Any) -> float:
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    units = trial.suggest_int("units", 16, 256, log=True)
    layers = trial.suggest_int("layers", 1, 4)
    width = trial.suggest_int("width", 10, 50, step=20)
    drop = trial.suggest_float("drop", 0.1, 0.6, step=0.25)
    kind = trial.suggest_categorical("kind", ["sgd", "adam", None])
    value = rate + units + layers + width + drop + (kind == "sgd")
    for step in range(3):
        trial.report(value + step, step)
    if trial.number == PRUNED:
        raise optuna.TrialPruned
    if trial.number == FAILED:
        raise ValueError
    return float(value)


def optimised(storage: Any, name: str = "mine") -> Any:
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(storage=storage, study_name=name, sampler=sampler)
    study.optimize(objective, n_trials=N_TRIALS, catch=(ValueError,))
    return study


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("optuna") / "study.db"
    optimised(f"sqlite:///{path}")
    return path


def test_every_result_of_a_database_is_read_with_its_parameters(database: Path) -> None:
    study = optuna.load_study(study_name="mine", storage=f"sqlite:///{database}")
    found = read_optuna(f"sqlite:///{database}", "mine")
    done = [t for t in study.trials if t.number not in (PRUNED, FAILED)]
    complete = [r for r in found.records if "partial" not in r["value"]]
    assert complete == [{"parameter": t.params, "value": {"default": t.value}} for t in done]
    assert found.objectives == {"default": "minimize"}
    assert found.space == {
        "rate": {"_type": "loguniform", "_value": [1e-4, 1e-1]},
        "units": {"_type": "qloguniform", "_value": [16, 256, 1]},
        "layers": {"_type": "randint", "_value": [1, 5]},
        "width": {"_type": "choice", "_value": [10, 30, 50]},
        "drop": {"_type": "choice", "_value": [0.1, 0.35, 0.6]},
        "kind": {"_type": "choice", "_value": ["sgd", "adam", None]},
    }


def test_a_pruned_trial_is_partial_and_a_failed_one_has_no_result(database: Path) -> None:
    found = read_optuna(str(database))
    pruned, failed = found.trials[PRUNED], found.trials[FAILED]
    assert pruned.report == {"default": pruned.curve[-1], "partial": True}
    assert (failed.report, failed.event, len(failed.curve)) == (None, "FAILED", 3)


def test_a_journal_storage_is_read(tmp_path: Path) -> None:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path = tmp_path / "journal.log"
    study = optimised(JournalStorage(JournalFileBackend(str(path))))
    assert len(read_optuna(str(path)).trials) == len(study.trials)


def test_our_tuners_learn_from_the_records(
    database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = read_optuna(str(database))
    tuner = ParzenTuner(optimize_mode="minimize", seed=0)
    tuner.update_search_space(json.loads(json.dumps(found.space)))
    with caplog.at_level(logging.WARNING):
        tuner.import_data(json.loads(json.dumps(found.records)))
    assert caplog.records == []
    learnt = [(params, report) for _, params, report in tuner._memory.history.reports()]
    assert learnt == [(record["parameter"], record["value"]) for record in found.records]
    assert set(tuner.generate_parameters(0)) == set(found.space)


def test_the_commands_read_the_directory_as_an_experiment(database: Path, tmp_path: Path) -> None:
    import_optuna(str(database), None, tmp_path / "made")
    study = load_study(str(tmp_path / "made"))
    expected = optuna.load_study(study_name="mine", storage=f"sqlite:///{database}")
    assert study.best is not None
    assert study.best.number == expected.best_trial.number
    assert study.best.params == expected.best_trial.params
    assert study.trials[PRUNED].end is End.STOPPED
    assert study.trials[FAILED].end is End.FAILED
    assert [len(t.reports) for t in study.trials] == [3] * N_TRIALS
    assert study.space is not None
    started = expected.trials[0].datetime_start
    assert study.trials[0].started == pytest.approx(started.timestamp(), abs=0.01)


@pytest.mark.filterwarnings("ignore:optuna.study.study.Study.set_metric_names is experimental")
def test_several_objectives_keep_their_names_and_directions(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'several.db'}"
    study = optuna.create_study(storage=url, study_name="two", directions=["maximize", "minimize"])
    study.set_metric_names(["accuracy", "seconds"])
    study.optimize(lambda t: (t.suggest_float("x", 0, 1), 2.0), n_trials=2)
    found = read_optuna(url)
    assert found.objectives == {"default": "maximize", "seconds": "minimize"}
    assert found.records[0]["value"]["seconds"] == 2.0


def test_trials_with_conditions_are_counted(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'conditions.db'}"
    study = optuna.create_study(storage=url, study_name="c")

    def conditional(trial: Any) -> float:
        x = trial.suggest_float("x", 0, 1)
        return x + (trial.suggest_float("y", 0, 1) if trial.number else 0.0)

    study.optimize(conditional, n_trials=3)
    assert read_optuna(url).incomplete == 1


def test_a_storage_with_several_studies_needs_a_name(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.db"
    for name in ("a", "b"):
        optuna.create_study(storage=f"sqlite:///{path}", study_name=name)
    with pytest.raises(DataError, match="2 studies: a, b; choose one with --study"):
        read_optuna(str(path))
    with pytest.raises(DataError, match="no study 'c'"):
        read_optuna(str(path), "c")
    assert read_optuna(str(path), "b").trials == ()


@pytest.mark.parametrize("storage", ["none.db", "sqlite:///none.db"])
def test_a_missing_storage_is_not_made(storage: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        read_optuna(storage)
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no journal\n")
    with pytest.raises(DataError, match="holds no study") as caught:
        read_optuna(str(path))
    assert "\n" not in str(caught.value)


def test_the_command_writes_what_nni_imports(database: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    result = CliRunner().invoke(app, ["import-optuna", str(database), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert f"{N_TRIALS} trials of mine, {N_TRIALS - 1} with a result" in result.stdout
    records = json.loads((out / "trials.json").read_text())
    assert {tuple(record) for record in records} == {("parameter", "value")}
    again = CliRunner().invoke(app, ["import-optuna", str(database), "--out", str(out)])
    assert isinstance(again.exception, DataError)


@pytest.mark.filterwarnings("ignore:The distribution is specified by")
@given(
    st.integers(-50, 50),
    st.integers(0, 100),
    st.sampled_from([None, 0.25, 0.5, 3.0]),
    st.data(),
)
def test_a_translated_range_holds_every_value_that_optuna_draws(
    low: int, width: int, step: float | None, data: st.DataObject
) -> None:
    distribution = optuna.distributions.FloatDistribution(low / 4, low / 4 + width, step=step)
    steps = 0 if step is None else int((distribution.high - distribution.low) / step + 1e-9)
    value = (
        data.draw(st.floats(distribution.low, distribution.high))
        if step is None
        else distribution.low + step * data.draw(st.integers(0, steps))
    )
    assert {"x": value} in SearchSpace(space_of([{"x": distribution}]))
