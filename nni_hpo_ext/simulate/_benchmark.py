"""Benchmarks: tasks whose training runs are looked up or computed."""

from __future__ import annotations

import math
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
    """The result of one training run.

    Attributes
    ----------
    epochs
        Epochs at which intermediate values are reported, ascending; may be empty.
    values
        The objective at these epochs, of the same length.
    final
        The final value.
    seconds
        Duration of the whole run in virtual seconds; epoch ``e`` ends at
        ``seconds * e / total_epochs``.
    total_epochs
        Number of epochs of the whole run.

    Examples
    --------
    >>> from nni_hpo_ext.simulate import Training
    >>> run = Training(epochs=(1, 2), values=(0.7, 0.8), final=0.8, seconds=60.0, total_epochs=2)
    >>> run.final
    0.8
    """

    epochs: tuple[int, ...]
    values: tuple[float, ...]
    final: float
    seconds: float
    total_epochs: int = 1

    def up_to(self, epochs: int) -> Training:
        """Return the training run that ends after so many epochs.

        Its final value is the last one until then, NaN if none is known.

        Examples
        --------
        >>> run = Training(epochs=(1, 3), values=(0.7, 0.8), final=0.8, seconds=60, total_epochs=3)
        >>> run.up_to(2)
        Training(epochs=(1,), values=(0.7,), final=0.7, seconds=40.0, total_epochs=2)
        """
        if epochs >= self.total_epochs:
            return self
        known = sum(epoch <= epochs for epoch in self.epochs)
        values = self.values[:known]
        seconds = self.seconds * epochs / self.total_epochs
        return Training(
            self.epochs[:known], values, values[-1] if values else math.nan, seconds, epochs
        )


class Benchmark(ABC):
    """A tuning task whose training runs are looked up or computed instead of executed.

    Attributes
    ----------
    name
        Name of the task.
    direction
        ``maximize`` or ``minimize``.
    goal
        Default goal of the task, None if none is published.
    optimum
        Best known final value, for regret.
    typical
        Median final value of random configurations, for normalised regret.
    search_space
        NNI search space.
    candidates
        The configurations that can be trained; None if every point of the search space can.

    Examples
    --------
    Subclass it to simulate tuners on your own task. ``nni-hpo simulate my_module.Parabola 50``
    finds the class in the working directory.

    >>> import numpy as np
    >>> from nni_hpo_ext.simulate import Benchmark, Training
    >>> class Parabola(Benchmark):
    ...     name, direction, goal = "parabola", "minimize", None
    ...     optimum, typical = 0.0, 0.25
    ...     search_space = {"x": {"_type": "uniform", "_value": [-1, 1]}}
    ...
    ...     def train(self, params, rng):
    ...         return Training(epochs=(), values=(), final=params["x"] ** 2, seconds=60.0)
    >>> Parabola().train({"x": 0.5}, np.random.default_rng(0)).final
    0.25
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
        """Return a training run of a configuration; all noise is drawn from ``rng``."""

    def fresh(self) -> Benchmark:
        """Return the benchmark for one optimisation; by default the benchmark itself."""
        return self

    def true_value(self, params: Mapping[str, Any]) -> float:
        """Return the final value without noise, from which regret is computed.

        By default the final value of one training run. Override it if training is noisy.
        """
        return self.train(params, np.random.default_rng(0)).final

    def test_values(self, params: Mapping[str, Any]) -> Mapping[str, float]:
        """Return further known results of a configuration, by name; empty by default.

        Tuners never see them.
        """
        return {}

    @cached_property
    def n_epochs(self) -> int:
        """Number of intermediate values of a full training run, 0 if there are none.

        By default the number that one random configuration reports.
        """
        return len(self._example.epochs)

    @cached_property
    def total_epochs(self) -> int:
        """Number of epochs of a full training run, by default that of one random configuration."""
        return self._example.total_epochs

    @cached_property
    def _example(self) -> Training:
        rng = np.random.default_rng(0)
        space = SearchSpace(self.search_space)
        return self.train(space.decode(space.sample(1, rng)[0]), rng)
