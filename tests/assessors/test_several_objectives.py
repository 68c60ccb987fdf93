"""MedianStopAssessor with several objectives, named or the tuner's."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from nni.assessor import AssessResult

from nni_hpo_ext.assessors import MedianStopAssessor
from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.tuners import DragonflyTuner

BOTH = {"default": "maximize", "runtime": "minimize"}


def history(level: float, pace: float, steps: int = 10) -> list[Any]:
    return [{"default": level, "runtime": pace * s} for s in range(1, steps + 1)]


def feed(assessor: MedianStopAssessor, name: str, reports: list[Any]) -> bool:
    """Report a trial step by step; return whether it was stopped."""
    for step in range(1, len(reports) + 1):
        if assessor.assess_trial(name, reports[:step]) is AssessResult.Bad:
            assessor.trial_end(name, False)
            return True
    assessor.trial_end(name, True)
    return False


def rising(level: float, pace: float) -> list[Any]:
    return [{"default": level * (1 - 0.5 / s), "runtime": pace * s} for s in range(1, 11)]


def experienced(assessor: MedianStopAssessor) -> MedianStopAssessor:
    for i in range(12):
        feed(assessor, f"t{i}", rising(0.79 + 0.01 * i, 2.0))
    return assessor


def stops(assessor: MedianStopAssessor) -> tuple[bool, bool]:
    """Return whether a poor cheap trial is stopped, and a poor dear one."""
    return feed(assessor, "cheap", rising(0.3, 1.0)), feed(assessor, "dear", rising(0.3, 3.0))


def test_a_poor_trial_is_spared_if_it_is_cheap() -> None:
    assert stops(experienced(MedianStopAssessor(objectives=BOTH))) == (False, True)
    assert stops(experienced(MedianStopAssessor())) == (True, True)


def test_the_objectives_are_those_of_the_tuner_in_the_process() -> None:
    tuner = DragonflyTuner(objectives=BOTH, seed=0)
    assert stops(experienced(MedianStopAssessor())) == (False, True)
    assert stops(experienced(MedianStopAssessor(objectives={"default": "maximize"}))) == (
        True,
        True,
    )
    del tuner
    gc.collect()
    assert stops(experienced(MedianStopAssessor())) == (True, True)


def test_a_tuner_may_learn_them_from_its_first_result() -> None:
    tuner = DragonflyTuner(seed=0)
    tuner.update_search_space({"x": {"_type": "uniform", "_value": [0, 1]}})
    assessor = MedianStopAssessor()
    feed(assessor, "first", rising(0.9, 2.0))
    params = tuner.generate_parameters(0)
    result = {"default": 0.9, "runtime": 20.0, "maximize": ["default"]}
    tuner.receive_trial_result(0, params, result)
    assert stops(experienced(assessor)) == (False, True)


def test_what_only_the_final_result_holds_stops_nobody(caplog: Any) -> None:
    assessor = MedianStopAssessor(objectives=BOTH)
    for i in range(12):
        feed(assessor, f"t{i}", [0.9 - 0.01 * i] * 10)
    assert not feed(assessor, "poor", [0.1] * 10)
    assert len([r for r in caplog.records if "runtime" in r.message]) == 1


def test_it_decides_after_a_resume_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path))
    before = experienced(MedianStopAssessor(objectives=BOTH))
    after = MedianStopAssessor(objectives=BOTH)
    after.load_checkpoint()
    for level in (0.2, 0.5, 0.85, 0.89):
        for pace in (1.0, 2.0, 3.0):
            reports, name = history(level, pace, 6), f"{level} {pace}"
            answers = [a.assess_trial(name, reports) for a in (before, after)]
            assert answers[0] is answers[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"objectives": ["default"]}, "mapping"),
        ({"objectives": {"default": "up"}}, "direction"),
        ({"objectives": BOTH, "rule": "median"}, "objectives must be omitted for rule 'median'"),
        ({"preset": "hasty"}, "'patient'"),
    ],
)
def test_a_wrong_argument_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        MedianStopAssessor(**arguments)


def test_the_patient_preset_waits_longer() -> None:
    def stop_step(preset: str) -> int:
        assessor = experienced(MedianStopAssessor(preset=preset))
        reports = rising(0.7, 1.0)
        answers = [assessor.assess_trial("poor", reports[:s]) for s in range(1, 11)]
        return answers.index(AssessResult.Bad) if AssessResult.Bad in answers else 10

    assert stop_step("default") < stop_step("patient")
