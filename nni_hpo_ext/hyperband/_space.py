"""Search space with the budget as one more parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nni_hpo_ext.budget import TRIAL_BUDGET, with_budget
from nni_hpo_ext.errors import Finding, SearchSpaceError
from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["BudgetSpace"]


class BudgetSpace(SearchSpace):
    """The configurations of a search space, each at any of the budgets.

    Parameters
    ----------
    spec
        The search space as decoded from NNI's JSON, without budget.
    configurations
        The same, perhaps restricted to candidates.
    budgets
        The budgets, in epochs.

    Raises
    ------
    SearchSpaceError
        If the search space has a parameter ``TRIAL_BUDGET``.

    Examples
    --------
    >>> spec = {"lr": {"_type": "uniform", "_value": [0, 1]}}
    >>> space = BudgetSpace(spec, SearchSpace(spec), [1, 3])
    >>> {"lr": 0.5, "TRIAL_BUDGET": 3} in space, {"lr": 0.5} in space
    (True, False)
    """

    def __init__(
        self, spec: Mapping[str, Any], configurations: SearchSpace, budgets: Sequence[int]
    ) -> None:
        if TRIAL_BUDGET in spec:
            remedy = "remove it: Hyperband and BOHB set it to the number of epochs"
            raise SearchSpaceError([Finding(TRIAL_BUDGET, "is not a hyperparameter", remedy)])
        super().__init__({**spec, TRIAL_BUDGET: {"_type": "choice", "_value": list(budgets)}})
        self._configurations = configurations
        self._budgets = budgets

    @property
    def cardinality(self) -> float:
        """Number of distinct configurations, times that of budgets."""
        return self._configurations.cardinality * len(self._budgets)

    def decode(self, u: Sequence[float] | FloatArray) -> dict[str, Any]:
        """Return the configuration and budget of a point of shape ``(d + 1,)``."""
        budget = self.dimensions[-1].domain.from_unit(float(u[-1]))
        return with_budget(self._configurations.decode(u[:-1]), budget)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw ``n`` configurations with budgets; shape ``(n, d + 1)``."""
        return np.hstack([self._configurations.sample(n, rng), rng.random((n, 1))])

    def points(self, rng: np.random.Generator) -> Iterator[tuple[float, ...]]:
        """Iterate over all configurations at all budgets."""
        for point in self._configurations.points(rng):
            for u in self.dimensions[-1].domain.units():
                yield (*point, u)
