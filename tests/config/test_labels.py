"""Names of objectives for people, from the config or from the reports of trials."""

from __future__ import annotations

from nni_hpo_ext.config import objectives

TWO = {"default": "maximize", "runtime": "minimize"}


def titles(declared: object, finals: list[object]) -> list[str]:
    found, _ = objectives({"tuner": {"classArgs": {"objectives": declared}}}, finals)
    return [goal.title for goal in found]


def test_a_report_of_a_trial_names_the_metric_and_the_units() -> None:
    finals: list[object] = [0.5, {"default": 0.9, "runtime": 3.0, "metric": "accuracy"}]
    assert titles(TWO, finals) == ["accuracy", "runtime (s)"]
    assert titles(TWO, [0.5]) == ["default", "runtime"]


def test_the_config_has_the_last_word() -> None:
    declared = {**TWO, "default": {"direction": "maximize", "label": "top-1", "unit": "%"}}
    finals: list[object] = [{"default": 0.9, "metric": "accuracy"}]
    assert titles(declared, finals) == ["top-1 (%)", "runtime (s)"]


def test_a_metric_that_is_no_text_names_nothing() -> None:
    assert titles(TWO, [{"default": 0.9, "metric": 3}, {"metric": ["a"]}]) == ["default", "runtime"]
