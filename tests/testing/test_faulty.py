"""Models that are made to fail: the experiment goes on, and says what happened."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.journal import listening
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing import (
    SPACES,
    FaultyDiversifiedTuner,
    FaultyDragonflyTuner,
    TunerConformance,
    failing_surrogates,
)

TUNERS = ("Dragonfly", "Diversified", "GP", "Forest", "Parzen")
SPACE = SPACES["uniform"]
FIRST = 3  # suggestions before the first model


@pytest.fixture
def journal() -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    events: list[tuple[str, Mapping[str, Any]]] = []
    with listening(lambda event, fields: events.append((event, fields))):
        yield events


def play(tuner: Any, trials: int) -> None:
    tuner.update_search_space(SPACE)
    for config in TunerConformance().play(tuner, trials, pending=0):
        assert config in SearchSpace(SPACE)


def replaced(journal: list[tuple[str, Mapping[str, Any]]]) -> list[int]:
    """Return the ids of the suggestions that a substitute made."""
    return sorted({f["id"] for event, f in journal if event == "fallback"})


@pytest.mark.parametrize("kind", ["raise", "nan"])
@pytest.mark.parametrize("name", TUNERS)
def test_the_experiment_goes_on_and_each_substitute_is_said(
    journal: Any, name: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    suite = TunerConformance()
    suite.tuner_class = f"nni_hpo_ext.tuners.{name}Tuner"
    suite.arguments = {"num_init_evals": FIRST}
    with failing_surrogates(kind=kind) as failed:
        play(suite.make(), FIRST + 2)
    assert failed
    assert replaced(journal) == [FIRST, FIRST + 1]
    assert [f["arm"] for e, f in journal if e == "suggest"][FIRST:] == ["random", "random"]
    errors = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert len(errors) >= 2
    assert f"(2 of {FIRST + 2} so far)" in caplog.text


def test_chosen_models_fail_and_no_others(journal: Any) -> None:
    tuner = FaultyDragonflyTuner({"calls": [1, 3]}, num_init_evals=FIRST, seed=0)
    play(tuner, FIRST + 6)
    assert replaced(journal) == [FIRST + 1, FIRST + 3]


def test_another_arm_answers_where_one_is_left(journal: Any) -> None:
    tuner = FaultyDiversifiedTuner(
        {"share": 1.0}, arms=["GP-NM-EI", "RANDOM"], num_init_evals=FIRST, seed=0
    )
    play(tuner, FIRST + 4)
    arms = [f["arm"] for e, f in journal if e == "suggest"][FIRST:]
    assert arms == ["RANDOM"] * 4
    assert len(replaced(journal)) == 2  # when it was the other one's turn


def test_a_share_of_them_fails_and_the_seed_decides_which(journal: Any) -> None:
    for _ in range(2):
        play(FaultyDragonflyTuner({"share": 0.5, "seed": 1}, num_init_evals=FIRST, seed=0), 13)
    ids = [f["id"] for event, f in journal if event == "fallback"]
    half = len(ids) // 2
    assert ids[:half] == ids[half:]
    assert 0 < half < 13 - FIRST


@pytest.mark.parametrize("wrong", [{"share": 2}, {"kind": "hang"}, {"seed": -1}])
def test_wrong_arguments_are_refused(wrong: Any) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        FaultyDragonflyTuner(wrong)
