"""Studies of one service do not influence each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from nni_hpo_ext.serve import StudyStore

DEFINITION = {
    "search_space": {"x": {"_type": "uniform", "_value": [0, 1]}},
    "tuner": {"name": "GaussianProcess", "classArgs": {}},
    "assessor": {"name": "MedianStopAssessor", "classArgs": {"min_completed": 1}},
    "objectives": {"default": "maximize"},
    "seed": 1,
    "max_trials": None,
    "lease_seconds": 60.0,
}


def play(store: StudyStore, name: str, worth: float) -> Iterator[Any]:
    """Yield configurations; the best value of the study is ``worth``, at x = 0.7."""
    study = store.create(name, {**DEFINITION, "seed": int(10 * worth)})
    for number in range(8):
        params = study.ask().params
        yield params
        for step in range(3):
            study.report(number, worth - abs(params["x"] - 0.7) - 0.1 / (1 + step))
        if number < 6:  # the last trials run, and their curves count
            study.tell(number, {"values": worth - abs(params["x"] - 0.7)})


def test_a_study_beside_another_gets_the_same_suggestions(tmp_path: Path) -> None:
    alone = list(play(StudyStore(tmp_path / "alone"), "one", 0.5))
    shared = StudyStore(tmp_path / "shared")
    pairs = zip_longest(play(shared, "one", 0.5), play(shared, "other", 100.0))
    assert [one for one, _ in pairs] == alone
