"""The tuners registered as ``HyperbandExt`` and ``BOHBExt``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nni_hpo_ext.arguments import fraction
from nni_hpo_ext.budget import TRIAL_BUDGET, with_budget
from nni_hpo_ext.hyperband import Brackets, BudgetSpace
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.tuners._history import TrialKey
from nni_hpo_ext.types import Algorithm, Objective

if TYPE_CHECKING:
    from nni_hpo_ext.hyperband.engine import Draw

__all__ = ["BOHBTuner", "HyperbandTuner"]


class HyperbandTuner(AlgorithmTuner):
    """Hyperband: many random configurations for a few epochs, the best of them for longer.

    Li et al., "Hyperband: a novel bandit-based approach to hyperparameter optimization", JMLR 18,
    2018. Each configuration has one more key, ``TRIAL_BUDGET``: the number of epochs to train. A
    configuration that goes on is trained again from the start. With several objectives the first
    one decides which configurations go on.

    Parameters
    ----------
    max_budget
        Epochs of a full training, ``R`` in NNI and in the publication.
    min_budget
        Smallest number of epochs after which trainings are compared.
    eta
        One of ``eta`` configurations goes on, with ``eta`` times as many epochs.
    others
        See `AlgorithmTuner`.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> tuner = HyperbandTuner(max_budget=9, seed=0)
    >>> tuner.update_search_space({"lr": {"_type": "loguniform", "_value": [0.001, 0.1]}})
    >>> trials = [tuner.generate_parameters(i) for i in range(9)]
    >>> for i, params in enumerate(trials):
    ...     tuner.receive_trial_result(i, params, params["lr"])
    >>> best = tuner.generate_parameters(9)
    >>> best["TRIAL_BUDGET"], best["lr"] == max(params["lr"] for params in trials)
    (3, True)
    """

    def __init__(
        self, max_budget: int = 81, min_budget: int = 1, eta: int = 3, **others: Any
    ) -> None:
        self._brackets = Brackets(min_budget, max_budget, eta)
        super().__init__(**others)

    def _make_space(self, search_space: Any) -> SearchSpace:
        """Return the search space with the budget as a parameter of its own."""
        self._configurations = super()._make_space(search_space)
        return BudgetSpace(search_space, self._configurations, self._brackets.budgets)

    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        # Imported late: NNI gives a tuner 10 seconds to connect.
        from nni_hpo_ext.hyperband.engine import HyperbandEngine

        draw = self._make_draw(self._configurations)
        return HyperbandEngine(self._configurations, objectives[0], self._brackets, draw, seed)

    def _make_draw(self, space: SearchSpace) -> Draw:
        from nni_hpo_ext.hyperband.engine import RandomDraw

        return RandomDraw(space)

    def _record(self, key: TrialKey, params: Any, value: Any, job: str | None) -> None:
        """Record a report; a trial that a user added without a budget was trained in full."""
        if isinstance(params, Mapping) and TRIAL_BUDGET not in params:
            params = with_budget(params, self._brackets.budgets[-1])
        super()._record(key, params, value, job)


class BOHBTuner(HyperbandTuner):
    """BOHB: Hyperband whose new configurations come from a model of the earlier ones.

    Falkner et al., "BOHB: robust and efficient hyperparameter optimization at scale", ICML 2018,
    with the Parzen estimator of `ParzenTuner` as the model.

    Parameters
    ----------
    max_budget, min_budget, eta
        See `HyperbandTuner`.
    random_fraction
        Share of the new configurations that are drawn at random.
    others
        See `AlgorithmTuner`.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    >>> tuner = BOHBTuner(max_budget=9, seed=0)
    >>> tuner.update_search_space({"lr": {"_type": "loguniform", "_value": [0.001, 0.1]}})
    >>> sorted(tuner.generate_parameters(0))
    ['TRIAL_BUDGET', 'lr']
    """

    def __init__(
        self,
        max_budget: int = 81,
        min_budget: int = 1,
        eta: int = 3,
        random_fraction: float = 1 / 3,
        **others: Any,
    ) -> None:
        super().__init__(max_budget, min_budget, eta, **others)
        self._random_fraction = fraction("random_fraction", random_fraction)

    def _make_draw(self, space: SearchSpace) -> Draw:
        from nni_hpo_ext.hyperband.engine import DensityDraw

        return DensityDraw(space, self._random_fraction)
