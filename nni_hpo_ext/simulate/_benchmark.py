"""What stands for a real training in a replay."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.types import Direction

__all__ = ["Benchmark", "Training"]


@dataclass(frozen=True, slots=True)
class Training:
    """What one training on the virtual clock gives.

    Attributes
    ----------
    epochs
        When intermediate values are reported, ascending; may be empty.
    values
        The objective at these epochs, of the same length.
    final
        The final report.
    seconds
        Time of the whole training, in seconds; epoch ``e`` ends at
        ``seconds * e / total_epochs``.
    total_epochs
        Number of epochs of the whole training.
    """

    epochs: tuple[int, ...]
    values: tuple[float, ...]
    final: float
    seconds: float
    total_epochs: int = 1


class Benchmark(ABC):
    """A tuning task whose trainings are looked up or computed, not run.

    Attributes
    ----------
    name
        What a user types.
    direction
        Whether large or small values are good.
    goal
        Default goal of the task, None if none is published.
    optimum
        Best known final value, for regret.
    typical
        Median final value of random configurations, for normalised regret.
    search_space
        NNI search space.
    candidates
        The configurations that can be trained, None if all of the search space can.
    """

    name: str
    direction: Direction
    goal: float | None
    optimum: float
    typical: float
    search_space: Mapping[str, Any]
    candidates: Sequence[Mapping[str, Any]] | None = None

    @abstractmethod
    def train(self, params: Mapping[str, Any], rng: np.random.Generator) -> Training:
        """Train a configuration; what differs between two runs of it is drawn from ``rng``."""

    def fresh(self) -> Benchmark:
        """Return what one optimisation runs on: by default the benchmark itself."""
        return self

    def true_value(self, params: Mapping[str, Any]) -> float:
        """Return the final value without noise: what regret is measured in.

        Where a training draws nothing from its generator, that is what it reports.
        """
        return self.train(params, np.random.default_rng(0)).final

    def test_values(self, params: Mapping[str, Any]) -> Mapping[str, float]:
        """Return, by name, what else is known of a configuration and no tuner is told.

        By default nothing.
        """
        return {}

    @cached_property
    def n_epochs(self) -> int:
        """Number of intermediate values that a whole training reports, 0 if none.

        By default that of one random configuration.
        """
        rng = np.random.default_rng(0)
        space = SearchSpace(self.search_space)
        return len(self.train(space.decode(space.sample(1, rng)[0]), rng).epochs)
