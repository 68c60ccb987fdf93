"""Modes, specs and arms by the names that users type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nni_hpo_ext.bandit import Arm, make_plan
from nni_hpo_ext.bandit._evidence import MODELS, Evidence
from nni_hpo_ext.bandit._modes import MODELS as MODEL_NAMES
from nni_hpo_ext.bandit._nominate import ACQUISITIONS
from nni_hpo_ext.bandit._rules import RULES
from nni_hpo_ext.errors import ConfigError


class Middle(Arm):
    """An arm of a user's own."""

    def __init__(self, name: str = "MIDDLE") -> None:
        self.name = name

    def nominate(self, evidence: Evidence, rng: np.random.Generator) -> Any:
        """Return the middle of the space."""
        return np.full(len(evidence.space), 0.5)


class NoArm:
    """No arm at all."""


MIDDLE = f"{__name__}.Middle"


def names(*args: Any, **kwargs: Any) -> list[str]:
    return [arm.name for arm in make_plan(*args, **kwargs).arms]


def test_the_names_that_users_type_are_those_there_are() -> None:
    assert set(MODEL_NAMES) == set(MODELS)
    assert set(ACQUISITIONS) == {"EI", "SEI", "PI", "UCB", "TPE"}


@pytest.mark.parametrize("model", ["GP", "RF", "TPE", "GP-NM"])
@pytest.mark.parametrize(
    ("suffix", "response"),
    [("", "none"), ("-HLE", "hybrid-log"), ("-ALE", "hybrid-log"), ("-LE", "log")],
)
def test_a_model_with_the_suffix_of_its_response(model: str, suffix: str, response: str) -> None:
    for acquisition in ("EI", "PI", "UCB"):
        (arm,) = make_plan(model + suffix, acquisition).arms
        assert (arm.model, arm.acquisition, arm.response) == (model, acquisition, response)  # type: ignore[attr-defined]


def test_the_published_arms_are_the_default() -> None:
    assert names("DIV", "SEQ") == [
        "GP-HLE-EI", "GP-HLE-PI", "GP-HLE-UCB", "RF-HLE-EI", "RF-HLE-PI", "RF-HLE-UCB",
    ]  # fmt: skip
    assert make_plan("DIV").spec == "auto"  # which measured better than SEQ
    assert make_plan("DIV", arms=["GP-EI", "RF-LE-EI"]).spec == "SEQ"
    assert make_plan("BATCH").spec == "ASYNC"
    assert names("RANDOM") == ["RANDOM"]


@pytest.mark.parametrize("rule", [r for r in RULES if r not in ("SYNC", "ASYNC")])
def test_a_rule_chooses_among_the_arms_or_among_a_models_acquisitions(rule: str) -> None:
    assert make_plan("DIV", rule).spec == rule
    assert names("GP", rule) == ["GP-EI", "GP-PI", "GP-UCB"]


def test_arms_by_name_by_parts_and_of_ones_own() -> None:
    given = [
        "GP-HLE-EI",
        "RANDOM",
        {"model": "TPE", "acquisition": "TPE", "response": "auto"},
        {"model": "RF"},
        {"class": MIDDLE, "name": "MINE"},
    ]
    assert names("DIV", arms=given) == [
        "GP-HLE-EI", "RANDOM", "TPE-AUTO-TPE", "RF-HLE-EI", "MINE",
    ]  # fmt: skip


def test_a_response_replaces_that_of_the_default_arms() -> None:
    assert names("GP", "EI", response="log") == ["GP-LE-EI"]
    assert names("DIV", "SEQ", response="none")[0] == "GP-EI"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"mode": "XGB"}, "'XGB'"),
        ({"mode": "GP-XX"}, "'GP-XX'"),
        ({"mode": None}, "None"),
        ({"mode": "GP", "spec": "TPE"}, "'TPE'"),
        ({"mode": "DIV", "spec": "SYNC"}, "'SYNC'"),
        ({"mode": "BATCH", "spec": "SEQ"}, "'SEQ'"),
        ({"mode": "RANDOM", "spec": "EI"}, "'EI'"),
        ({"mode": "GP", "arms": ["GP-EI"]}, "arms"),
        ({"mode": "GP-HLE", "response": "log"}, "contradicts"),
        ({"mode": "DIV", "response": "cubic"}, "'cubic'"),
        ({"mode": "DIV", "spec": "auto", "arms": ["GP-EI", "RF-LE-EI"]}, "log, none"),
        ({"mode": "DIV", "arms": []}, "arms must be a non-empty list, got []"),
        ({"mode": "DIV", "arms": "GP-EI"}, "arms must be a non-empty list, got 'GP-EI'"),
        ({"mode": "DIV", "arms": [7]}, "arms[0] must be a name or a mapping, got 7"),
        ({"mode": "DIV", "arms": ["GP-EI", "GP-EI"]}, "GP-EI"),
        ({"mode": "DIV", "arms": [{"model": "GP", "kernel": "rbf"}]}, "kernel"),
        ({"mode": "DIV", "arms": [{"model": "GP", "acquisition": "TPE"}]}, "arms[0].acquisition"),
        ({"mode": "DIV", "arms": [{"class": "no.such.Arm"}]}, "no.such.Arm"),
        ({"mode": "DIV", "arms": [{"class": f"{__name__}.NoArm"}]}, "must be a subclass of"),
        ({"mode": "DIV", "arms": [{"class": MIDDLE, "colour": 1}]}, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError) as error:
        make_plan(**arguments)
    assert named in str(error.value)
