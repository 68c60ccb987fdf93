"""Which trials are kept when there are very many."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.surrogates import select
from nni_hpo_ext.types import Objective, Trial, TrialStatus

TWO = (Objective("acc", "maximize"), Objective("time", "minimize"))


def test_the_best_and_the_newest_are_kept_in_order() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((5000, 2)) * 0.5 + 0.25
    values[123] = (0.99, 0.3)
    values[456] = (0.3, 0.01)
    trials = [
        Trial(i, {}, TrialStatus.COMPLETED, tuple(v))
        if i % 10
        else Trial(i, {}, TrialStatus.FAILED)
        for i, v in enumerate(values.tolist())
    ]
    kept = [t.number for t in select(trials, TWO, 400, rng)]
    assert len(kept) <= 400
    assert kept == sorted(kept)
    assert {123, 456, *range(4900, 5000)} <= set(kept)
    assert len([k for k in kept if k < 4900]) > 250


def test_few_trials_are_all_kept() -> None:
    trials = [Trial(i, {}, TrialStatus.FAILED) for i in range(5)]
    assert select(trials, TWO, 5, np.random.default_rng(0)) == tuple(trials)
