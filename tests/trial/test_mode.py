"""The best epoch is the smallest value where small is good, in reports and in kept models."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import nni
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial import TrialReport, choose_mode
from nni_hpo_ext.trial.mode import best, is_better

NAN = float("nan")


@pytest.mark.parametrize(
    ("metric", "mode"),
    [
        ("val_loss", "min"),
        ("validation_0-mlogloss", "min"),
        ("error_rate", "min"),
        ("brier_score", "min"),
        ("val_accuracy", "max"),
        ("eval_f1", "max"),
        ("val_sparse_top_5_categorical_accuracy", "max"),
        ("score", "max"),
        ("neg_mean_squared_error", "max"),
        ("neg_brier_score", "max"),
        ("neg_log_likelihood", "min"),
    ],
)
def test_the_name_of_a_metric_tells_its_direction(metric: str, mode: str) -> None:
    assert choose_mode(metric) == mode


def test_a_metric_of_unknown_direction_needs_a_mode() -> None:
    with pytest.raises(ConfigError, match=r"'quux'.*mode='max' or mode='min'"):
        choose_mode("quux")
    assert choose_mode("quux", "min") == "min"
    with pytest.raises(ConfigError, match="mode must be one of"):
        choose_mode("loss", "smallest")


def test_nan_is_never_the_best() -> None:
    assert is_better("min", 1.0, NAN)
    assert not is_better("min", NAN, 1.0)
    assert not is_better("max", NAN, NAN)
    assert best("min", [NAN, 3.0, float("-inf"), 2.0]) == 2.0
    assert best("max", [NAN]) is None


Declare = Callable[[dict[str, Any]], None]


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Return a function that places the trial in an experiment with the given config."""

    def declare(config: dict[str, Any]) -> None:
        profile = json.loads(json.dumps({"id": "abc", "params": config}))
        monkeypatch.setattr("nni_hpo_ext.trial.mode.ask", {"experiment": profile}.get)

    return declare


MINIMIZE = [
    {"tuner": {"classArgs": {"objectives": {"default": "minimize", "runtime": "minimize"}}}},
    {"tuner": {"name": "TPE", "classArgs": {"optimize_mode": "minimize"}}},
    {"advisor": {"name": "BOHB", "classArgs": {"optimize_mode": "minimize"}}},
]


@pytest.mark.parametrize("config", MINIMIZE)
def test_the_direction_of_the_objective_counts_before_that_of_the_metric(
    config: dict[str, Any], declare: Declare, caplog: pytest.LogCaptureFixture
) -> None:
    declare(config)
    assert choose_mode("quux") == "min"
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        assert choose_mode("accuracy") == "min"
    assert "says to minimize default, but this trial reports accuracy" in caplog.text


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"tuner": {"name": "Random"}},
        {"tuner": {"classArgs": {"objectives": {"loss": "minimize", "acc": "maximize"}}}},
    ],
)
def test_without_a_direction_of_default_the_metric_decides(
    config: dict[str, Any], declare: Declare
) -> None:
    declare(config)
    assert choose_mode("accuracy") == "max"
    assert choose_mode("loss") == "min"


def test_a_mode_that_contradicts_the_experiment_is_refused(declare: Declare) -> None:
    declare(MINIMIZE[0])
    with pytest.raises(ConfigError, match="says to minimize default; correct one"):
        choose_mode("accuracy", "max")


def test_the_smallest_loss_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    finals: list[dict[str, Any]] = []
    monkeypatch.setattr(nni, "report_intermediate_result", lambda value: None)
    monkeypatch.setattr(nni, "report_final_result", finals.append)
    with TrialReport("digits", metric="val_loss") as report:
        for loss in (7.725, 7.567, 7.6):
            report.epoch(loss)
    assert (finals[0]["default"], finals[0]["last"]) == (7.567, 7.6)
