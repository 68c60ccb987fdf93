from __future__ import annotations

import argparse
import dataclasses
import logging
from typing import Any

import nni
import pytest

from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.trial.params import apply_parameters, epochs_for, trial_parameters

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 64,
    "LEARNING_RATE": 1e-3,
    "OPTIMIZER": "adam",
    "data_dir": "",
    "batch_norm": True,
}


@pytest.fixture
def tuner(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    proposal: dict[str, Any] = {}
    monkeypatch.setattr(nni, "get_next_parameter", lambda: proposal)
    return proposal


def test_standalone_without_options_gives_the_defaults() -> None:
    assert trial_parameters(DEFAULTS, []) == DEFAULTS


def test_the_published_defaults_are_an_option(tuner: dict[str, Any]) -> None:
    published: dict[str, bool | int | float | str] = {"OPTIMIZER": "rmsp", "BATCH_SIZE": 8}
    assert trial_parameters(DEFAULTS, [], published=published) == DEFAULTS
    chosen = trial_parameters(DEFAULTS, ["--as-published"], published=published)
    assert chosen == {**DEFAULTS, **published}
    tuner["OPTIMIZER"] = "grad"
    argv = ["--as-published", "--batch-size", "4"]
    chosen = trial_parameters(DEFAULTS, argv, published=published)
    assert (chosen["OPTIMIZER"], chosen["BATCH_SIZE"]) == ("grad", 4)


@pytest.mark.parametrize("option", ["--learning-rate", "--LEARNING_RATE", "--Learning_Rate"])
def test_options_are_known_in_any_spelling(option: str) -> None:
    assert trial_parameters(DEFAULTS, [option, "5e-2"])["LEARNING_RATE"] == 0.05
    assert trial_parameters(DEFAULTS, [f"{option}=5e-2"])["LEARNING_RATE"] == 0.05


def test_options_take_the_type_of_the_default() -> None:
    argv = ["--batch-size", "8", "--batch-norm", "no", "--data-dir", "Some_Dir/x"]
    params = trial_parameters(DEFAULTS, argv)
    assert (params["BATCH_SIZE"], params["batch_norm"]) == (8, False)
    assert params["data_dir"] == "Some_Dir/x"


@pytest.mark.parametrize(
    "argv",
    [["--momentum", "0.9"], ["--batch-size", "many"], ["--batch-norm", "maybe"], ["--batch", "8"]],
)
def test_a_wrong_option_ends_the_program(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        trial_parameters(DEFAULTS, argv)
    assert caught.value.code == 2


def test_hardware_parameters_and_budget_are_options() -> None:
    params = trial_parameters(DEFAULTS, ["--global-jit-level", "1", "--trial-budget", "3"])
    assert (params["global_jit_level"], params["TRIAL_BUDGET"]) == (1, 3)
    assert epochs_for(params, 10) == 3


def test_a_learning_rate_policy_is_an_option_and_may_be_searched(tuner: dict[str, Any]) -> None:
    tuner.update(FINAL_LR=0, lr_period=0.5)
    params = trial_parameters(DEFAULTS, ["--lr-policy", "step", "--lr-gamma", "0.3"])
    assert (params["LR_POLICY"], params["LR_GAMMA"], params["LR_PERIOD"]) == ("step", 0.3, 0.5)
    assert type(params["FINAL_LR"]) is float
    assert "LR_POWER" not in params
    tuner["LR_POLICY"] = 1
    with pytest.raises(ConfigError, match="LR_POLICY"):
        trial_parameters(DEFAULTS, [])


def test_the_tuner_wins_over_the_command_line(tuner: dict[str, Any]) -> None:
    tuner.update(BATCH_SIZE=16, build_cost_model=4)
    params = trial_parameters(DEFAULTS, ["--batch-size", "8", "--learning-rate", "0.1"])
    assert (params["BATCH_SIZE"], params["LEARNING_RATE"]) == (16, 0.1)
    assert params["build_cost_model"] == 4


def test_a_lower_case_name_of_the_tuner_is_the_same_parameter(tuner: dict[str, Any]) -> None:
    tuner["learning_rate"] = 0.2
    assert trial_parameters(DEFAULTS, []) == {**DEFAULTS, "LEARNING_RATE": 0.2}


def test_an_unknown_name_of_the_tuner_is_kept_and_logged(
    tuner: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    tuner["MOMENTUM"] = 0.9
    with caplog.at_level(logging.WARNING):
        assert trial_parameters(DEFAULTS, [])["MOMENTUM"] == 0.9
    assert "MOMENTUM" in caplog.text


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [("BATCH_SIZE", 32.0, 32), ("LEARNING_RATE", 1, 1.0), ("batch_norm", 0, False)],
)
def test_a_number_of_the_tuner_becomes_the_default_s_type(
    tuner: dict[str, Any], name: str, given: object, wanted: object
) -> None:
    tuner[name] = given
    found = trial_parameters(DEFAULTS, [])[name]
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("name", "given"),
    [("BATCH_SIZE", 31.5), ("BATCH_SIZE", True), ("LEARNING_RATE", "0.1"), ("OPTIMIZER", 1)],
)
def test_a_value_of_another_type_is_refused(
    tuner: dict[str, Any], name: str, given: object
) -> None:
    tuner[name] = given
    with pytest.raises(ConfigError, match=f"{name}.*search space"):
        trial_parameters(DEFAULTS, [])


def test_a_closed_channel_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nni, "get_next_parameter", lambda: None)
    with pytest.raises(HpoExtError, match="closed"):
        trial_parameters(DEFAULTS, [])


@pytest.mark.parametrize("budget", [0, 1.5, True, float("inf"), float("nan")])
def test_a_budget_must_be_a_whole_number(budget: float) -> None:
    with pytest.raises(ConfigError, match="TRIAL_BUDGET"):
        epochs_for({"TRIAL_BUDGET": budget}, 10)


def test_the_tuner_changes_the_options_of_a_script_in_place(tuner: dict[str, Any]) -> None:
    tuner.update(lr=0.5, batch_size=16.0, tied=1, clip=2.5)
    args = argparse.Namespace(lr=1, batch_size=64, tied=False, clip=None, seed=3)
    assert apply_parameters(args) is args
    assert vars(args) == {"lr": 0.5, "batch_size": 16, "tied": True, "clip": 2.5, "seed": 3}
    assert type(args.batch_size) is int


def test_each_value_goes_to_the_target_that_has_it(tuner: dict[str, Any]) -> None:
    @dataclasses.dataclass
    class Model:
        width: int = 8

    tuner.update(width=16, lr=0.5, TRIAL_BUDGET=3)
    constants = {"lr": 0.1}
    assert apply_parameters(Model(), constants) == (Model(16), {"lr": 0.5})


def test_a_parameter_that_no_option_has_is_an_error(tuner: dict[str, Any]) -> None:
    tuner["learning_rate"] = 0.5
    with pytest.raises(ConfigError, match="no option 'learning_rate'"):
        apply_parameters(argparse.Namespace(lr=1.0))


def test_a_value_of_another_type_than_the_option_is_an_error(tuner: dict[str, Any]) -> None:
    tuner["optimizer"] = 2
    with pytest.raises(ConfigError, match="optimizer must be a str"):
        apply_parameters(argparse.Namespace(optimizer="sgd"))
