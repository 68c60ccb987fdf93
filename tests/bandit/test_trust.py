"""How far the rule `auto` trusts the models of its arms."""

from __future__ import annotations

import numpy as np
import pytest

from nni_hpo_ext.bandit.engine import _weights


def test_with_few_trials_the_first_arm_is_trusted_most() -> None:
    alike = np.zeros((3, 4))
    first, *others = _weights(alike, np.ones(4))
    assert first > 0.6
    assert others[0] == pytest.approx(others[1])
    # Three trials that the second arm alone predicts do not change that.
    second_knows = np.log([[0.1, 0.1, 0.1], [0.9, 0.9, 0.9]])
    assert _weights(second_knows, np.ones(3)).argmax() == 0


def test_with_many_trials_the_arm_that_predicts_them_is_trusted_most() -> None:
    second_knows = np.log(np.tile([[0.1], [0.9]], 80))
    assert _weights(second_knows, np.ones(80))[1] > 0.8
