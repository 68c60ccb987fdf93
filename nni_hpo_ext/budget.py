"""``TRIAL_BUDGET``: the parameter with which a tuner sets the number of epochs of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.types import Params

__all__ = ["TRIAL_BUDGET", "configuration", "with_budget"]

TRIAL_BUDGET = "TRIAL_BUDGET"


def configuration(params: Params) -> dict[str, Any]:
    """Return the parameters without the budget.

    Examples
    --------
    >>> configuration({"lr": 0.1, "TRIAL_BUDGET": 3})
    {'lr': 0.1}
    """
    return {name: value for name, value in params.items() if name != TRIAL_BUDGET}


def with_budget(params: Mapping[str, Any], budget: int) -> dict[str, Any]:
    """Return the parameters with a budget, in epochs.

    Examples
    --------
    >>> with_budget({"lr": 0.1}, 3)
    {'lr': 0.1, 'TRIAL_BUDGET': 3}
    """
    return {**params, TRIAL_BUDGET: budget}
