"""Base class of synthetic functions, with simulated learning curves and training times."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.space import SearchSpace

__all__ = ["Function"]

_EPOCHS = 20
_SHORTEST, _LONGEST = 30.0, 300.0  # seconds
_SAMPLE = 4096


class Function(Benchmark):
    """A function to minimise, with simulated training and no noise.

    Training takes 30 to 300 s, linear in the mean coordinate ``m`` in the unit cube. The values
    decrease to the final value ``f`` from ``gap = typical - optimum`` above it: epoch ``e`` of
    ``E = 20`` gives ``f + gap (q(e/E) - q(1)) / (1 - q(1))`` with ``q(t) = exp(-k t)``. The rate
    ``k`` falls from 6 to 2 as ``m`` grows from 0 to 1, so that curves may cross.
    """

    direction = "minimize"
    goal = None

    def __init__(self, data_dir: Path | None = None) -> None:
        self._space = SearchSpace(self.search_space)
        points = self._space.sample(_SAMPLE, np.random.default_rng(0))
        self.typical = float(np.median([self.value(self._space.decode(u)) for u in points]))

    @abstractmethod
    def value(self, params: Mapping[str, Any]) -> float:
        """Return the function value of a configuration."""

    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        """Compute the training run of a configuration, which is deterministic."""
        final = self.value(params)
        mean = float(self._space.encode(params).mean())
        return Training(
            epochs=tuple(range(1, _EPOCHS + 1)),
            values=self._curve(final, rate=6.0 - 4.0 * mean),
            final=final,
            seconds=_SHORTEST + (_LONGEST - _SHORTEST) * mean,
            total_epochs=_EPOCHS,
        )

    def _curve(self, final: float, rate: float) -> tuple[float, ...]:
        gap, last = self.typical - self.optimum, math.exp(-rate)
        shares = ((math.exp(-rate * e / _EPOCHS) - last) / (1 - last) for e in range(1, _EPOCHS))
        return (*(final + gap * share for share in shares), final)

    def true_value(self, params: Mapping[str, Any]) -> float:
        """Return the function value of a configuration."""
        return self.value(params)
