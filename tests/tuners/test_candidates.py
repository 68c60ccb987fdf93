"""Tuners that may try listed configurations only."""

from __future__ import annotations

from typing import Any

import nni
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.tuners import (
    DiversifiedTuner,
    DragonflyTuner,
    EvolutionTuner,
    ForestTuner,
    GPTuner,
    GridTuner,
    ParzenTuner,
    RandomTuner,
)

SPACE = {
    "x": {"_type": "uniform", "_value": [0.0, 1.0]},
    "act": {"_type": "choice", "_value": ["relu", "tanh"]},
}
CANDIDATES = [{"x": i / 20, "act": act} for i in range(20) for act in ("relu", "tanh")]
TUNERS = [
    DragonflyTuner, DiversifiedTuner, GPTuner, ForestTuner, ParzenTuner, RandomTuner, GridTuner,
    EvolutionTuner,
]  # fmt: skip


def play(tuner: Any, n: int) -> list[dict[str, Any]]:
    tuner.update_search_space(SPACE)
    tried = []
    for i in range(n):
        tried.append(tuner.generate_parameters(i))
        value = 1.0 - (tried[-1]["x"] - 0.7) ** 2 - 0.1 * (tried[-1]["act"] == "relu")
        tuner.receive_trial_result(i, tried[-1], value)
        tuner.trial_end(i, True)
    return tried


@pytest.mark.parametrize("cls", TUNERS)
def test_all_candidates_are_tried_once_and_nothing_else(cls: Any) -> None:
    tuner = cls(seed=0, candidates=CANDIDATES)
    tried = play(tuner, len(CANDIDATES))
    assert sorted(map(str, tried)) == sorted(map(str, CANDIDATES))
    with pytest.raises(
        nni.NoMoreTrialError, match="all 40 configurations of the search space have been suggested"
    ):
        tuner.generate_parameters(len(CANDIDATES))


@pytest.mark.parametrize("cls", TUNERS[:5])  # those with models
def test_the_best_candidate_is_found_early(cls: Any) -> None:
    assert {"x": 0.7, "act": "tanh"} in play(cls(seed=0, candidates=CANDIDATES), 20)


@pytest.mark.parametrize("candidates", [[], "all", 3, [3], [{"x": 0.5, "act": "relu"}, None]])
def test_what_is_no_list_of_configurations_is_refused(candidates: Any) -> None:
    with pytest.raises(ConfigError, match=r"candidates(\[\d\])? must be .* got"):
        RandomTuner(candidates=candidates)


def test_a_candidate_outside_the_search_space_refuses_the_space() -> None:
    tuner = RandomTuner(candidates=[{"x": 2.0, "act": "relu"}])
    tuner.update_search_space(SPACE)
    with pytest.raises(nni.NoMoreTrialError, match=r"candidates\[0\] is not in the search space"):
        tuner.generate_parameters(0)
