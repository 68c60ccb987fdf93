"""A finished experiment whose trial command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from experiment_files import FakeExperiment

HERE = Path(__file__).parent
SPACE = {"x": {"_type": "randint", "_value": [0, 100]}}


def config(**more: Any) -> dict[str, Any]:
    return {
        "experimentName": "digits",
        "searchSpace": SPACE,
        "trialCommand": "exec python3 trial_with_seed.py",
        "trialCodeDirectory": str(HERE),
        "trialConcurrency": 1,
        "maxTrialNumber": 8,
        "tuner": {"name": "Dragonfly", "classArgs": {"objectives": {"default": "maximize"}}},
        "trainingService": {"platform": "local"},
        **more,
    }


@pytest.fixture
def finished(experiment: FakeExperiment) -> FakeExperiment:
    """An experiment of which trial 7 is the best and trial 6 the next."""
    experiment.config(config())
    for number in range(8):
        experiment.trial(number, {"default": number / 10})
    experiment.is_managed = False
    return experiment
