"""What all searches by models have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from scipy.stats import qmc

from nni_hpo_ext.acquisition._maximise import Maximiser
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.surrogates import select
from nni_hpo_ext.types import Objective, Params, Suggestion, Trial

__all__ = ["ModelBasedSearch", "suffice"]

# A Gaussian process on so many trials takes about a second of CPU for each suggestion.
_MAX_TRIALS = 1000
# With fewer results than this the models are fitted for each suggestion.
_YOUNG = 40
# A model needs so many values of each objective.
_MIN_RESULTS = 2


class ModelBasedSearch(ABC):
    """One suggestion after the other, the first ones from a space-filling design.

    Parameters
    ----------
    space
        Where to search.
    seed
        Seed of every random choice.
    num_init_evals
        Number of suggestions from a space-filling design before the first model.
    build_new_model_every
        Hyperparameters are fitted anew after so many results; the results in between are added to
        the models under the old ones.
    """

    def __init__(
        self, space: SearchSpace, *, seed: int, num_init_evals: int, build_new_model_every: int
    ) -> None:
        self._space = space
        self._seed = seed
        self._num_init_evals = num_init_evals
        self._build_new_model_every = build_new_model_every
        self._maximiser = Maximiser(space)
        self._suggested = 0

    @abstractmethod
    def _suggest_one(self, pending: Sequence[Params]) -> Suggestion:
        """Propose a configuration while those in ``pending`` are running."""

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Propose ``n`` configurations while those in ``pending`` are running."""
        running = list(pending)
        suggestions = []
        for _ in range(n):
            suggestion = self._suggest_one(running)
            self._suggested += 1
            running.append(suggestion.params)
            suggestions.append(suggestion)
        return suggestions

    def _selected(
        self, trials: Sequence[Trial], objectives: Sequence[Objective]
    ) -> tuple[Trial, ...]:
        """Return the trials that models are made from.

        Of very many they are the best, the newest and a sample of the others.
        """
        rng = np.random.default_rng([self._seed, len(trials)])
        return select(trials, objectives, _MAX_TRIALS, rng)

    def _n_fitted(self, trials: Sequence[Trial]) -> int:
        """Return to how many of the first trials hyperparameters are fitted."""
        n = len(trials)
        in_steps = n - n % self._build_new_model_every
        # A young model changes with every result, and its fit is cheap.
        return n if n < _YOUNG or not suffice(trials[:in_steps]) else in_steps

    def _initial(self, note: str = "") -> Suggestion:
        u = space_filling_point(self._space, self._seed, self._suggested)
        reason = f"space-filling point {self._suggested + 1}{note}"
        return Suggestion(self._space.decode(u), "initial", 1.0, reason)


def suffice(trials: Sequence[Trial]) -> bool:
    """Tell whether trials hold enough values of every objective for a model."""
    known = np.isfinite([t.values for t in trials if t.values])
    return len(known) > 0 and bool((known.sum(axis=0) >= _MIN_RESULTS).all())


def space_filling_point(space: SearchSpace, seed: int, k: int) -> FloatArray:
    """Return point ``k``, counted from 0, of a scrambled Sobol sequence; shape ``(d,)``.

    It is the same whatever came before it.
    """
    sobol = qmc.Sobol(len(space), rng=np.random.default_rng(seed))
    if k:
        sobol.fast_forward(k)
    return np.asarray(sobol.random(1)[0])
