"""Tuners whose surrogate models fail on purpose, for use in a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.testing._faulty import FaultPlan
from nni_hpo_ext.tuners import AlgorithmTuner, DiversifiedTuner, DragonflyTuner
from nni_hpo_ext.types import Algorithm, Objective, Params, Suggestion, Trial

__all__ = ["FaultyDiversifiedTuner", "FaultyDragonflyTuner"]


class _FaultyAlgorithm:
    """An algorithm whose models may fail during a suggestion."""

    def __init__(self, algorithm: Algorithm, plan: FaultPlan) -> None:
        self._algorithm = algorithm
        self._plan = plan

    def observe(self, trials: Sequence[Trial]) -> None:
        self._algorithm.observe(trials)

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        with self._plan.active():
            return self._algorithm.suggest(n, pending)

    def state_dict(self) -> dict[str, Any]:
        return self._algorithm.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._algorithm.load_state_dict(state)


class _FaultyTuner(AlgorithmTuner):
    def __init__(self, faults: Mapping[str, Any] | None = None, **others: Any) -> None:
        super().__init__(**others)
        self._faults = FaultPlan(**(faults or {}))

    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        made = super()._make_algorithm(space, objectives, seed)  # type: ignore[safe-super]
        return _FaultyAlgorithm(made, self._faults)


class FaultyDragonflyTuner(_FaultyTuner, DragonflyTuner):
    """`DragonflyTuner` with models that fail.

    Parameters
    ----------
    faults
        Arguments of `FaultPlan`, for example ``{share: 0.5}``.
    others
        Arguments of `DragonflyTuner`.

    Examples
    --------
    >>> from nni_hpo_ext.testing import FaultyDragonflyTuner
    >>> FaultyDragonflyTuner(faults={"share": 0.5})  # doctest: +SKIP
    """


class FaultyDiversifiedTuner(_FaultyTuner, DiversifiedTuner):
    """`DiversifiedTuner` with models that fail.

    Parameters
    ----------
    faults
        Arguments of `FaultPlan`, for example ``{share: 0.5}``.
    others
        Arguments of `DiversifiedTuner`.

    Examples
    --------
    >>> from nni_hpo_ext.testing import FaultyDiversifiedTuner
    >>> tuner = FaultyDiversifiedTuner(faults={"share": 0.5}, seed=0)
    >>> tuner.update_search_space({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> list(tuner.generate_parameters(0))
    ['x']
    """
