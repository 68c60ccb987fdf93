"""The acquisition SEI: expected improvement, now and then in a subspace."""

from __future__ import annotations

import numpy as np
import pytest

from nni_hpo_ext.acquisition import _search
from nni_hpo_ext.tuners import DiversifiedTuner

SPACE = {name: {"_type": "uniform", "_value": [0, 1]} for name in "abcdef"}


def _changes(spec: str, n: int) -> list[int]:
    """Return in how many parameters each suggestion differs from the most similar earlier one."""
    tuner = DiversifiedTuner(mode="GP-NM-AUTO", spec=spec, optimize_mode="minimize", seed=1)
    tuner.update_search_space(SPACE)
    tried: list[dict[str, float]] = []
    changes = []
    for i in range(n):
        params = tuner.generate_parameters(i)
        differ = [sum(abs(params[k] - t[k]) > 1e-9 for k in SPACE) for t in tried]
        changes.append(min(differ, default=len(SPACE)))
        tried.append(params)
        tuner.receive_trial_result(i, params, sum((params[k] - 0.3) ** 2 for k in SPACE))
        tuner.trial_end(i, success=True)
    return changes


def test_from_the_twentieth_trial_on_every_fifth_suggestion_moves_few_parameters() -> None:
    changes = np.array(_changes("SEI", 36))
    assert (changes[20::5] <= 3).all()
    assert np.median(changes) > 3


def test_until_then_it_is_expected_improvement() -> None:
    assert _changes("SEI", 20) == _changes("EI", 20)


def test_with_more_trials_than_the_models_use_it_is_still_every_fifth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_search, "_MAX_TRIALS", 25)
    changes = np.array(_changes("SEI", 40))
    assert (changes[25::5] <= 3).all()
    assert np.median(np.delete(changes[25:], slice(0, None, 5))) > 3
