"""Trials that fail at random teach a tuner nothing wrong.

A run in which a fifth of the trials fails is compared with one of four fifths as many trials;
``benchmarks/random_failures.py`` does so at length.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wilcoxon

from nni_hpo_ext.simulate import Benchmark, load_benchmark
from nni_hpo_ext.testing import best_with_failures, build

TUNERS = ("Dragonfly", "Diversified", "GP", "Forest", "Parzen")
TRIALS, SHARE = 20, 0.2
# Chance alone gives a smaller one in one of a hundred versions of this package.
LEVEL = 0.01


def regret(name: str, problem: Benchmark, trials: int, share: float, seed: int) -> float:
    tuner = build(f"nni_hpo_ext.tuners.{name}Tuner", {"optimize_mode": problem.direction}, seed)
    return abs(best_with_failures(tuner, problem, trials, share, seed) - problem.optimum)


def test_failures_cost_no_more_than_the_trials_that_failed() -> None:
    ratios = []
    for seed, problem in enumerate(map(load_benchmark, ("branin", "mixed"))):
        for name in TUNERS:
            failing = regret(name, problem, TRIALS, SHARE, seed)
            fewer = regret(name, problem, round(TRIALS * (1 - SHARE)), 0.0, seed)
            ratios.append(np.log(failing + 1e-6) - np.log(fewer + 1e-6))
    assert wilcoxon(ratios, alternative="greater").pvalue > LEVEL


@pytest.mark.parametrize(("share", "succeed"), [(0.0, 12), (1.0, 0)])
def test_the_share_of_failures_is_the_one_asked_for(share: float, succeed: int) -> None:
    problem = load_benchmark("branin")
    trained = []
    real = problem.train
    problem.train = lambda params, rng: trained.append(1) or real(params, rng)  # type: ignore
    tuner = build("nni_hpo_ext.tuners.RandomTuner", {})
    if succeed:
        best_with_failures(tuner, problem, 12, share, seed=0)
    else:
        with pytest.raises(ValueError, match="every trial failed"):
            best_with_failures(tuner, problem, 12, share, seed=0)
    assert len(trained) == succeed
