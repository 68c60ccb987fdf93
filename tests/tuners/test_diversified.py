"""The diversified tuner: arms, rules, failures, and what it optimises."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.bandit import Arm
from nni_hpo_ext.bandit._evidence import Evidence
from nni_hpo_ext.bandit._rules import RULES
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.surrogates import ObjectiveModels
from nni_hpo_ext.tuners import DiversifiedTuner, ForestTuner, GPTuner, ParzenTuner, RandomTuner

SPACE = {
    "lr": {"_type": "loguniform", "_value": [1e-4, 1.0]},
    "batch": {"_type": "choice", "_value": [16, 32, 64]},
    "optimizer": {"_type": "choice", "_value": ["adam", "sgd", "rmsprop"]},
    "momentum": {"_type": "uniform", "_value": [0, 1]},
    "dropout": {"_type": "uniform", "_value": [0, 1]},
}


def accuracy(params: Mapping[str, Any]) -> float:
    error = ((math.log10(params["lr"]) + 2) / 4) ** 2
    error += (params["momentum"] - 0.8) ** 2 / 2 + (params["dropout"] - 0.3) ** 2 / 2
    error += 0.1 * (params["batch"] != 32) + 0.05 * (params["optimizer"] != "sgd")
    return 1.0 - min(1.0, error)


def play(tuner: Any, n: int, report: Any = accuracy, first: int = 0) -> list[float]:
    """Run trials one after the other; return their accuracies."""
    if first == 0:
        tuner.update_search_space(SPACE)
    values = []
    for i in range(first, first + n):
        params = tuner.generate_parameters(i)
        values.append(accuracy(params))
        tuner.receive_trial_result(i, params, report(params))
        tuner.trial_end(i, True)
    return values


def regret(make: Any, n: int = 30) -> float:
    """Mean distance of the best accuracy from 1 over a few seeds."""
    return float(np.mean([1.0 - max(play(make(seed), n)) for seed in range(4)]))


@pytest.mark.parametrize(
    "make",
    [
        lambda s: GPTuner(seed=s),
        lambda s: ForestTuner(seed=s),
        lambda s: ParzenTuner(seed=s),
        lambda s: DiversifiedTuner(spec="SEQ", seed=s),
        lambda s: DiversifiedTuner(seed=s),
    ],
    ids=["GP", "RF", "TPE", "SEQ", "auto"],
)
def test_30_trials_beat_60_at_random(make: Any) -> None:
    assert regret(make) < regret(lambda seed: RandomTuner(seed=seed), 60)


@pytest.mark.parametrize("spec", [r for r in RULES if r not in ("SYNC", "ASYNC")])
def test_every_spec_runs_and_names_its_arms(spec: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    tuner = DiversifiedTuner(spec=spec, seed=0, oracle=accuracy, clock=lambda: 0.0)
    play(tuner, 14)
    assert "failed" not in caplog.text
    assert f"({spec}: GP" in caplog.text


def test_arms_of_the_same_model_share_its_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each arm of BO-HEDGE nominates at every step, but six arms have two models."""
    predict, calls = ObjectiveModels.predict, []

    def counted(models: ObjectiveModels, X: Any) -> Any:
        calls.append(len(X))
        return predict(models, X)

    monkeypatch.setattr(ObjectiveModels, "predict", counted)
    counts = {}
    for spec in ("SEQ", "BO-HEDGE"):
        tuner = DiversifiedTuner(spec=spec, seed=0)
        play(tuner, 8)
        calls.clear()
        play(tuner, 4, first=8)
        counts[spec] = len(calls)
    # Two models in place of one, and what each arm expects of its nominee.
    assert counts["BO-HEDGE"] <= 2 * counts["SEQ"] + 4 * 6


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_the_named_objective_is_optimised(direction: str) -> None:
    sign = 1.0 if direction == "maximize" else -1.0

    def report(params: Any) -> dict[str, float]:
        return {"default": 0.0, "score": sign * accuracy(params), "runtime": 1.0}

    tuner = GPTuner(optimize_mode=direction, objective="score", seed=0)
    assert max(play(tuner, 25, report)) > 0.95


def test_dragonflys_arguments_are_taken_too() -> None:
    """The objectives of several may stay in the config; the default one is optimised."""
    objectives = {"runtime": "minimize", "default": "maximize"}
    tuner = GPTuner(objectives=objectives, seed=0)
    values = play(tuner, 25, lambda p: {"default": accuracy(p), "runtime": 1.0})
    assert max(values) > 0.95
    with pytest.raises(ConfigError, match=r"objective must be one of .* got 'loss'"):
        GPTuner(objectives=objectives, objective="loss")


def test_the_older_form_of_a_report_is_understood() -> None:
    report = lambda p: {"runtime": 1.0, "default": accuracy(p), "maximize": ["default"]}  # noqa: E731
    assert max(play(GPTuner(seed=0), 25, report)) > 0.95


def test_specs_that_need_the_truth_are_refused_outside_a_replay() -> None:
    for spec in ("BO-HEDGE-T", "BO-HEDGE-LET"):
        with pytest.raises(ConfigError, match="simulate"):
            DiversifiedTuner(spec=spec)


@pytest.mark.parametrize(
    ("tuner", "arguments"),
    [
        (GPTuner, {"mode": "RF"}),
        (ParzenTuner, {"arms": ["RF-EI"]}),
        (DiversifiedTuner, {"num_init_evals": 0}),
        (DiversifiedTuner, {"objective": ""}),
    ],
)
def test_wrong_arguments_are_refused(tuner: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        tuner(**arguments)


# ---------------------------------------------------------------------- arms of one's own


class Crashing(Arm):
    """Fails whenever it is asked."""

    name = "CRASHING"

    def nominate(self, evidence: Evidence, rng: np.random.Generator) -> Any:
        """Fail."""
        raise ValueError("no idea")


class BestAgain(Arm):
    """Moves one step away from the best trial."""

    name = "STEP"

    def nominate(self, evidence: Evidence, rng: np.random.Generator) -> Any:
        """Return a neighbour of the best point."""
        best = evidence.X[np.nanargmin(evidence.losses)]
        step = 0.2 * rng.standard_normal(len(best))
        return evidence.space.snap(np.clip(best + step, 0.0, 1.0)[None])[0]


def own(cls: type) -> dict[str, str]:
    return {"class": f"{__name__}.{cls.__name__}"}


@pytest.mark.parametrize("spec", ["SEQ", "BO-HEDGE", "auto"])
def test_an_arm_of_ones_own_takes_part(spec: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    tuner = DiversifiedTuner(spec=spec, arms=[own(BestAgain), "GP-HLE-EI"], seed=0)
    play(tuner, 20)
    assert "STEP on" in caplog.text
    assert "failed" not in caplog.text


@pytest.mark.parametrize("spec", ["SEQ", "BO-HEDGE", "auto"])
def test_when_an_arm_fails_the_next_one_answers_and_it_is_logged(
    spec: str, caplog: pytest.LogCaptureFixture, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    tuner = DiversifiedTuner(spec=spec, arms=[own(Crashing), "GP-HLE-EI"], seed=0)
    play(tuner, 25)
    assert "no idea" in caplog.text
    journal = (tmp_path / "journal.jsonl").read_text()
    assert '"fallback"' in journal
    assert "arm CRASHING failed" in journal
    assert '"arm": "GP-HLE-EI"' in journal
    assert '"arm": "random"' not in journal


def test_when_all_arms_fail_a_random_one_answers(caplog: pytest.LogCaptureFixture) -> None:
    tuner = DiversifiedTuner(arms=[own(Crashing)], seed=0)
    assert len(play(tuner, 12)) == 12
    assert "drawing at random" in caplog.text


# ---------------------------------------------------------------------- rounds and state


def test_trials_of_a_synchronous_round_know_nothing_of_each_other() -> None:
    """The second of a round does not depend on the result of the first."""

    def second(value: float) -> Any:
        tuner = DiversifiedTuner(mode="BATCH", spec="SYNC", seed=0)
        play(tuner, 5)
        params = tuner.generate_parameters(5)
        tuner.receive_trial_result(5, params, value)
        return tuner.generate_parameters(6)

    assert second(0.0) == second(1.0)
