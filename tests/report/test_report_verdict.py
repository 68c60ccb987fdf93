"""The first sentences of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from report_studies import GOALS, make_study, two_objectives

from nni_hpo_ext.report import make_report
from nni_hpo_ext.study import End, HeldOutScore, Study
from nni_hpo_ext.types import Objective


def verdict(study: Study) -> list[str]:
    return [line for line in make_report(study, "md").splitlines() if line.startswith("- **")][:3]


def test_it_names_the_best_trial_its_configuration_and_its_test_score() -> None:
    score = HeldOutScore(0, "job0", "accuracy", 0.9, 0.95, 300, "digits")
    goal = Objective("default", "maximize", label="accuracy")
    study = make_study(two_objectives, n=40, goals=(goal,), score=score)
    result = verdict(study)[0]
    best = study.best
    assert best is not None
    assert f"Trial {best.number} has the best accuracy, " in result
    assert f"width={best.params['width']}" in result
    assert "accuracy 0.9 (95 % interval 0.861 to 0.929)" in result


def climbing(steps: int) -> Any:
    """Return values that rise with each of the first trials, and are low from then on."""
    return lambda _, number: {"default": number / 100 if number < steps else 0.0}


@pytest.mark.parametrize(
    ("steps", "n", "said"),
    [
        (60, 60, "still improves"),
        (20, 60, "has levelled off: the last 20 of 60 trials"),
        (12, 12, "too few to tell"),
    ],
)
def test_the_course_of_the_search(steps: int, n: int, said: str) -> None:
    assert said in verdict(make_study(climbing(steps), n=n))[1]


def test_the_next_step_after_many_failures_is_to_look_at_them() -> None:
    study = make_study(two_objectives, n=30)
    trials = [
        replace(t, end=End.FAILED, reason="no memory", values={}) if t.number % 3 == 0 else t
        for t in study.trials
    ]
    assert "why 10 of 30 trials failed" in verdict(replace(study, trials=tuple(trials)))[2]


def test_with_two_objectives_it_describes_the_front() -> None:
    study = make_study(two_objectives, n=60, goals=GOALS)
    assert f"The Pareto front has {len(study.front)} trials" in verdict(study)[0]


def test_noise_is_not_explained() -> None:
    """Where parameters say nothing about the objective, one sentence says so, and no figure."""
    rng = np.random.default_rng(3)
    study = make_study(lambda *_: {"default": float(rng.random())}, n=80)
    text = make_report(study, "md")
    assert "The parameters explain nothing that holds for unseen trials" in text
    assert "Importance for" not in text
    page = make_report(study)
    assert 'id="slice-0' not in page
    assert 'id="contour-0' not in page
    assert 'id="importance-0' not in page
