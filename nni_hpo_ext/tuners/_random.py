"""The tuner registered as ``RandomSearch``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._adapter import AlgorithmTuner
from nni_hpo_ext.types import Algorithm, Objective, Params, Suggestion, Trial

__all__ = ["RandomTuner"]


class RandomSearch:
    """Independent draws from the distributions of the search space.

    Parameters
    ----------
    space
        The search space.
    seed
        Seed of the draws.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space = space
        self._seed = seed
        self._suggested = 0

    def observe(self, trials: Sequence[Trial]) -> None:
        """Ignore the results, which random search does not use."""

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Draw ``n`` configurations."""
        return [self._draw() for _ in range(n)]

    def _draw(self) -> Suggestion:
        rng = np.random.default_rng([self._seed, self._suggested])
        self._suggested += 1
        u = self._space.sample(1, rng)[0]
        return Suggestion(self._space.decode(u), "random", 1.0, f"draw {self._suggested}")

    def state_dict(self) -> dict[str, Any]:
        """Return the number of draws, from which the next one is seeded."""
        return {"suggested": self._suggested}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._suggested = int(state["suggested"])


class RandomTuner(AlgorithmTuner):
    """Random search without repetition while untried configurations are left.

    Its parameters are those of `AlgorithmTuner`.

    Examples
    --------
    >>> tuner = RandomTuner(seed=0)
    >>> tuner.update_search_space({"optimizer": {"_type": "choice", "_value": ["sgd", "adam"]}})
    >>> sorted(tuner.generate_parameters(i)["optimizer"] for i in range(2))
    ['adam', 'sgd']
    """

    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        return RandomSearch(space, seed)
