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
    """Independent draws, distributed as the search space says.

    Parameters
    ----------
    space
        Where to draw from.
    seed
        Seed of the draws.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space = space
        self._seed = seed
        self._suggested = 0

    def observe(self, trials: Sequence[Trial]) -> None:
        """Ignore the results: random search learns nothing."""

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Draw ``n`` configurations."""
        return [self._draw() for _ in range(n)]

    def _draw(self) -> Suggestion:
        rng = np.random.default_rng([self._seed, self._suggested])
        self._suggested += 1
        u = self._space.sample(1, rng)[0]
        return Suggestion(self._space.decode(u), "random", 1.0, f"draw {self._suggested}")

    def state_dict(self) -> dict[str, Any]:
        """Return the number of draws, which seeds the next one."""
        return {"suggested": self._suggested}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._suggested = int(state["suggested"])


class RandomTuner(AlgorithmTuner):
    """Random search that never repeats a configuration while an untried one is left.

    It takes the class arguments ``objectives``, ``optimize_mode``, ``seed`` and ``candidates`` of
    every tuner.
    """

    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        return RandomSearch(space, seed)
