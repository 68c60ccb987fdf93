"""How Hyperband and BOHB draw new configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.surrogates import Features, ParzenEstimator
from nni_hpo_ext.types import Params

__all__ = ["DensityDraw", "Draw", "RandomDraw", "Results"]

# Configurations and their losses; a failed one has an infinite loss.
Results = Sequence[tuple[Params, float]]

# Draws from the density of the good configurations, as published.
_SAMPLES = 64


@dataclass(frozen=True, slots=True)
class Drawn:
    """A configuration, by what it was drawn, and the probability of that choice."""

    params: Params
    arm: str
    probability: float


class Draw(Protocol):
    """How to draw a new configuration."""

    def __call__(
        self,
        results: Mapping[int, Results],
        pending: Sequence[Params],
        rng: np.random.Generator,
    ) -> Drawn:
        """Draw one, given the results at each budget and the running configurations."""


class RandomDraw:
    """Draw from the distributions of the search space, as Hyperband does.

    Parameters
    ----------
    space
        The search space, without budget.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._space = space

    def __call__(
        self,
        results: Mapping[int, Results],
        pending: Sequence[Params],
        rng: np.random.Generator,
    ) -> Drawn:
        """Draw one at random."""
        return Drawn(self._space.decode(self._space.sample(1, rng)[0]), "random", 1.0)


class DensityDraw:
    """Draw where good configurations are dense and others are not, as BOHB does.

    The model is that of the largest budget with at least ``d + 3`` results, ``d`` being the number
    of parameters (Falkner et al., ICML 2018, section 4); its densities are those of
    `ParzenEstimator`. Configurations that still run count among the others.

    Parameters
    ----------
    space
        The search space, without budget.
    random_fraction
        Share of the configurations that are drawn at random.
    """

    def __init__(self, space: SearchSpace, random_fraction: float) -> None:
        self._space = space
        self._random = RandomDraw(space)
        self._random_fraction = random_fraction

    def __call__(
        self,
        results: Mapping[int, Results],
        pending: Sequence[Params],
        rng: np.random.Generator,
    ) -> Drawn:
        """Draw one from the model, if there is one, or at random."""
        enough = [b for b, found in results.items() if self._suffice(found)]
        if not enough:
            return self._random(results, pending, rng)
        if rng.random() < self._random_fraction:
            drawn = self._random(results, pending, rng)
            return Drawn(drawn.params, drawn.arm, self._random_fraction)
        params = self._modelled(results[max(enough)], pending, rng)
        return Drawn(params, "TPE", 1.0 - self._random_fraction)

    def _suffice(self, results: Results) -> bool:
        return len(results) >= len(self._space) + 3 and any(np.isfinite(y) for _, y in results)

    def _modelled(
        self, results: Results, pending: Sequence[Params], rng: np.random.Generator
    ) -> Params:
        X = self._space.encode_all(params for params, _ in results)
        y = np.array([loss for _, loss in results])
        y = np.minimum(y, y[np.isfinite(y)].max())
        model = ParzenEstimator(Features(self._space)).fit(X, y, rng=rng)
        model = model.with_fantasies(self._space.encode_all(pending))
        points = model.sample_good(_SAMPLES, rng)
        return self._space.decode(points[int(np.argmax(model.log_ratio(points)))])
