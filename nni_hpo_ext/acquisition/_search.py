"""Base class of model-based searches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from scipy.stats import qmc

from nni_hpo_ext.acquisition._maximise import Maximiser
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.surrogates import select
from nni_hpo_ext.types import Forecasts, Objective, Params, Suggestion, Trial

__all__ = ["ModelBasedSearch", "suffice"]

# With this many trials a Gaussian process takes about one second of CPU per suggestion.
_MAX_TRIALS = 1000
# Below this number of trials the models are refitted for each suggestion.
_YOUNG = 40
# Values of each objective that a model needs.
_MIN_RESULTS = 2


class ModelBasedSearch(ABC):
    """Sequential model-based search that starts with a space-filling design.

    Parameters
    ----------
    space
        The search space.
    seed
        Seed of all random choices.
    num_init_evals
        Number of suggestions from the space-filling design before the first model.
    build_new_model_every
        Number of results after which hyperparameters are refitted. The results in between are
        added to the models with the hyperparameters unchanged.

    Examples
    --------
    >>> class Sobol(ModelBasedSearch):
    ...     def _suggest_one(self, pending):
    ...         return self._initial()
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> search = Sobol(space, seed=0, num_init_evals=8, build_new_model_every=1)
    >>> [suggestion.reason for suggestion in search.suggest(2, pending=[])]
    ['space-filling point 1', 'space-filling point 2']
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
        self._running: Sequence[tuple[Params, Forecasts]] = ()

    @abstractmethod
    def _suggest_one(self, pending: Sequence[Params]) -> Suggestion:
        """Suggest a configuration while those in ``pending`` are running."""

    def observe_running(self, running: Sequence[tuple[Params, Forecasts]]) -> None:
        """Set the running trials whose final values can be predicted."""
        self._running = running

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Suggest ``n`` configurations while those in ``pending`` are running."""
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
        """Return the trials that models are built from.

        If there are too many, these are the best, the newest and a sample of the others.
        """
        rng = np.random.default_rng([self._seed, len(trials)])
        return select(trials, objectives, _MAX_TRIALS, rng)

    def _n_fitted(self, trials: Sequence[Trial]) -> int:
        """Return the number of first trials that hyperparameters are fitted to."""
        n = len(trials)
        in_steps = n - n % self._build_new_model_every
        # With few trials every result changes the fit, and fitting is cheap.
        return n if n < _YOUNG or not suffice(trials[:in_steps]) else in_steps

    def _initial(self, note: str = "") -> Suggestion:
        u = space_filling_point(self._space, self._seed, self._suggested)
        reason = f"space-filling point {self._suggested + 1}{note}"
        return Suggestion(self._space.decode(u), "initial", 1.0, reason)


def suffice(trials: Sequence[Trial]) -> bool:
    """Return whether there are enough values of every objective for a model.

    Examples
    --------
    >>> from nni_hpo_ext.types import TrialStatus
    >>> trial = Trial(0, {"x": 0.5}, TrialStatus.COMPLETED, (1.0,))
    >>> suffice([trial]), suffice([trial, trial])
    (False, True)
    """
    known = np.isfinite([t.values for t in trials if t.values])
    return len(known) > 0 and bool((known.sum(axis=0) >= _MIN_RESULTS).all())


def space_filling_point(space: SearchSpace, seed: int, k: int) -> FloatArray:
    """Return point ``k``, counted from 0, of a scrambled Sobol sequence; shape ``(d,)``.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    seed
        Seed of the scrambling.
    k
        Position in the sequence; the point depends on nothing else.

    Examples
    --------
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> halves = [space_filling_point(space, 0, k)[0] < 0.5 for k in range(4)]
    >>> int(sum(halves))
    2
    """
    sobol = qmc.Sobol(len(space), rng=np.random.default_rng(seed))
    if k:
        sobol.fast_forward(k)
    return np.asarray(sobol.random(1)[0])
