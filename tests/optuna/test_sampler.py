"""Samplers and pruners of Optuna around our tuners and assessors."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna.samplers", reason="Optuna is not installed: an extra")

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.optuna import AssessorPruner, TunerSampler, suggest
from nni_hpo_ext.space import SearchSpace

NESTED = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1e-1]},
    "units": {"_type": "qloguniform", "_value": [8, 64, 8]},
    "noise": {"_type": "qnormal", "_value": [0, 1, 0.5]},
    "shape": {"_type": "choice", "_value": [[8, 8], [16], None]},
    "model": {
        "_type": "choice",
        "_value": [
            {
                "_name": "tree",
                "depth": {"_type": "randint", "_value": [1, 9]},
                "split": {
                    "_type": "choice",
                    "_value": [
                        {"_name": "best", "leaves": {"_type": "quniform", "_value": [2, 8, 2]}},
                        "random",
                    ],
                },
            },
            "linear",
        ],
    },
}
X = {"x": {"_type": "uniform", "_value": [0, 1]}}


def parabola(trial: optuna.Trial) -> float:
    return (suggest(trial, X)["x"] - 0.3) ** 2


def suggested(trial: Any) -> dict[str, Any]:
    event: dict[str, Any] = trial.system_attrs["nni_hpo_ext:suggestion"]["event"]
    return event


@pytest.mark.parametrize("tuner", ["RandomSearch", "Diversified", "Evolution"])
def test_trials_get_the_nested_configurations_that_the_tuner_suggests(tuner: str) -> None:
    configs = []

    def objective(trial: optuna.Trial) -> float:
        configs.append(suggest(trial, NESTED))
        return float(configs[-1]["lr"])

    study = optuna.create_study(sampler=TunerSampler(tuner, NESTED, seed=0))
    study.optimize(objective, n_trials=12)
    assert all(config in SearchSpace(NESTED) for config in configs)
    assert {str(config["model"]) == "linear" for config in configs} == {True, False}
    for trial, config in zip(study.trials, configs, strict=True):
        meant = SearchSpace(NESTED).encode(suggested(trial)["params"])
        assert SearchSpace(NESTED).encode(config) == pytest.approx(meant)


def test_a_space_of_constants_can_be_repeated() -> None:
    space = {
        "a": {"_type": "choice", "_value": ["only"]},
        "b": {"_type": "randint", "_value": [3, 4]},
    }
    study = optuna.create_study(sampler=TunerSampler("Diversified", space))
    study.optimize(lambda trial: suggest(trial, space)["b"], n_trials=3)
    assert [trial.params for trial in study.trials] == [{"a": "only", "b": 3}] * 3


def test_without_a_space_it_learns_the_parameters_that_all_trials_have() -> None:
    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        return x + (trial.suggest_int("n", 1, 3) if x > 0.5 else 0)

    study = optuna.create_study(sampler=TunerSampler("Parzen", seed=0))
    study.optimize(objective, n_trials=8)
    assert {"x", "n"} <= set(study.trials[0].params)
    assert all(set(suggested(trial)["params"]) == {"x"} for trial in study.trials[-4:])


def test_the_tuner_learns_from_other_processes(tmp_path: Path) -> None:
    """Two workers alternate; the second sees what the first has suggested and told."""
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "journal")))
    args = {"num_init_evals": 2}
    workers = [
        optuna.create_study(
            storage=storage,
            study_name="shared",
            load_if_exists=True,
            sampler=TunerSampler("GaussianProcess", X, tuner_args=args, seed=seed),
        )
        for seed in (1, 2)
    ]
    running = workers[0].ask()
    suggest(running, X)
    for i in range(6):
        workers[i % 2].optimize(parabola, n_trials=1)
    reasons = [suggested(trial)["reason"] for trial in workers[0].trials]
    assert "3 trials, 1 pending" in reasons[4]
    assert "5 trials, 1 pending" in reasons[6]
    assert len({trial.params["x"] for trial in workers[0].trials}) == 7


def test_a_study_goes_on_in_a_new_process(tmp_path: Path) -> None:
    """The same suggestions come with and without an interruption."""

    def run(storage: Any, *parts: int) -> list[float]:
        for n in parts:
            sampler = TunerSampler("Diversified", X, seed=3)
            study = optuna.create_study(
                storage=storage, study_name="s", load_if_exists=True, sampler=sampler
            )
            study.optimize(parabola, n_trials=n)
        return [trial.params["x"] for trial in study.trials]

    once = run(JournalStorage(JournalFileBackend(str(tmp_path / "once"))), 9)
    again = run(JournalStorage(JournalFileBackend(str(tmp_path / "again"))), 4, 5)
    assert again == once


def test_fixed_values_failures_and_pruned_trials_count() -> None:
    sampler = TunerSampler("RandomSearch", X, seed=0)
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial({"x": 0.25})

    def objective(trial: optuna.Trial) -> float:
        x = suggest(trial, X)["x"]
        if trial.number == 1:
            raise ZeroDivisionError
        if trial.number == 2:
            trial.report(0.5, 0)
            raise optuna.TrialPruned
        return float(x)

    study.optimize(objective, n_trials=4, catch=ZeroDivisionError)
    learner = sampler._learner
    assert learner is not None
    trials = learner._tuner._memory.history.trials(learner._tuner.objectives, True)
    assert [(t.status.value, t.values) for t in trials] == [
        ("completed", (0.25,)),
        ("failed", ()),
        ("stopped", (0.5,)),
    ]
    assert trials[0].params == {"x": 0.25}
    assert [s.name for s in (t.state for t in study.trials)] == [
        "COMPLETE", "FAIL", "PRUNED", "COMPLETE",
    ]  # fmt: skip


def test_several_objectives_are_optimised() -> None:
    sampler = TunerSampler("Evolution", X, tuner_args={"num_init_evals": 4}, seed=0)
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=sampler)
    study.optimize(lambda t: (parabola(t), t.params["x"]), n_trials=8)
    learner = sampler._learner
    assert learner is not None
    assert [o.direction for o in learner._tuner.objectives] == ["minimize", "maximize"]
    assert len(study.best_trials) >= 2


@pytest.mark.parametrize("tuner", ["HyperbandExt", "TPE"])
def test_a_tuner_that_cannot_be_a_sampler_is_refused(tuner: str) -> None:
    study = optuna.create_study(sampler=TunerSampler(tuner, X))
    with pytest.raises(ConfigError, match="cannot be a sampler"):
        study.optimize(parabola, n_trials=1)


def test_options_that_optuna_mixes_up_are_refused() -> None:
    with pytest.raises(ConfigError, match="cannot tell the options"):
        TunerSampler("Parzen", {"a": {"_type": "choice", "_value": [1, True]}})


def test_sampler_and_pruner_can_be_pickled() -> None:
    study = optuna.create_study(sampler=TunerSampler("Parzen", X, seed=0), pruner=AssessorPruner())
    study.optimize(parabola, n_trials=2)
    trial = study.ask()
    trial.report(0.5, 0)
    trial.should_prune()
    study.sampler = pickle.loads(pickle.dumps(study.sampler))  # noqa: S301
    study.pruner = pickle.loads(pickle.dumps(study.pruner))  # noqa: S301
    study.optimize(parabola, n_trials=2)
    assert len(study.trials) == 5


def test_the_pruner_stops_what_the_assessor_would_stop() -> None:
    pruner = AssessorPruner("MedianStopAssessor", {"rule": "median", "min_completed": 2})
    study = optuna.create_study(direction="maximize", pruner=pruner)

    def objective(trial: optuna.Trial) -> float:
        for step in range(5):
            trial.report(0.1 if trial.number == 3 else 0.5 + trial.number / 10, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return 0.5

    study.optimize(objective, n_trials=4)
    assert [trial.state for trial in study.trials] == [
        *[TrialState.COMPLETE] * 3,
        TrialState.PRUNED,
    ]
    later = optuna.create_study(
        direction="maximize",
        pruner=AssessorPruner("MedianStopAssessor", {"rule": "median", "min_completed": 2}),
    )
    later.add_trials(study.trials)  # as another process sees them
    trial = later.ask()
    trial.report(0.1, 0)
    assert trial.should_prune()


def test_the_example_runs(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "optuna" / "digits.py"
    command = [
        sys.executable,
        str(example),
        "--trials",
        "4",
        "--storage",
        f"sqlite:///{tmp_path}/s.db",
    ]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(out.stdout.splitlines()[-1])["trials"] == 4
