"""The algorithm behind EvolutionTuner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nni_hpo_ext.acquisition import space_filling_point
from nni_hpo_ext.errors import SpaceExhaustedError
from nni_hpo_ext.evolution._selection import best_first
from nni_hpo_ext.evolution._variation import offspring
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.types import Objective, Params, Suggestion, Trial, TrialStatus

__all__ = ["EvolutionSearch"]

# Children of a couple before the parents are drawn anew, if all of them have been tried.
_ATTEMPTS = 20
# Probability that a child has two parents, as usual in NSGA-II.
_CROSSOVER = 0.9


class EvolutionSearch:
    """Evolution of the trials that have ended, without generations.

    Every suggestion is a child of parents chosen from the current population in tournaments, so
    that no worker waits for another. With one objective the population is the most recent trials
    (regularised evolution; Real et al., AAAI 2019): old trials leave it, however good, so that a
    lucky result does not stay. With several objectives it is the best trials by non-dominated
    sorting and crowding distance (NSGA-II; Deb et al., 2002). Failed trials are not in it.

    Parameters
    ----------
    space
        The search space.
    objectives
        The objectives, one or more.
    seed
        Seed of every random choice.
    population
        Number of trials in the population.
    tournament
        Number of members that a parent is the best of.
    num_init_evals
        Number of space-filling suggestions before the first child.

    Examples
    --------
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> search = EvolutionSearch(space, [Objective("default", "maximize")], seed=0,
    ...                          population=10, tournament=3, num_init_evals=1)
    >>> search.observe([Trial(0, {"x": 0.5}, TrialStatus.COMPLETED, (1.0,))])
    >>> search.suggest(2, [])[1].reason
    'child of trial 0'
    """

    def __init__(
        self,
        space: SearchSpace,
        objectives: Sequence[Objective],
        *,
        seed: int,
        population: int,
        tournament: int,
        num_init_evals: int,
    ) -> None:
        self._space = space
        self._signs = np.array([o.sign for o in objectives])
        self._seed = seed
        self._size = population
        self._tournament = tournament
        self._num_init_evals = num_init_evals
        self._suggested = 0
        self._tried: set[str] = set()
        self._population: list[Trial] = []

    def observe(self, trials: Sequence[Trial]) -> None:
        """Select the population from all trials finished so far."""
        self._tried = {self._space.key(t.params) for t in trials}
        alive = [t for t in trials if t.status is not TrialStatus.FAILED]
        if len(self._signs) == 1:
            alive = alive[-self._size :]
        losses = np.array([self._signs * t.values for t in alive]).reshape(-1, len(self._signs))
        self._population = [alive[i] for i in best_first(losses, self._size)]

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Suggest ``n`` configurations while those in ``pending`` are running.

        Raises
        ------
        SpaceExhaustedError
            If no untried configuration is left.
        """
        taken = self._tried | {self._space.key(params) for params in pending}
        suggestions = []
        for _ in range(n):
            suggestion = self._suggest_one(taken)
            taken.add(self._space.key(suggestion.params))
            self._suggested += 1
            suggestions.append(suggestion)
        return suggestions

    def _suggest_one(self, taken: set[str]) -> Suggestion:
        rng = np.random.default_rng([self._seed, 1, self._suggested])
        if self._suggested < self._num_init_evals or not self._population:
            u = space_filling_point(self._space, self._seed, self._suggested)
            params, reason = self._space.decode(u), f"space-filling point {self._suggested + 1}"
            if self._space.key(params) not in taken:
                return Suggestion(params, "initial", 1.0, reason)
        for _ in range(_ATTEMPTS if self._population else 0):
            parents = self._parents(rng)
            points = self._space.encode_all(p.params for p in parents)
            params = self._space.decode(offspring(self._space, points, rng))
            if self._space.key(params) not in taken:
                named = " and ".join(str(p.number) for p in parents)
                reason = f"child of trial{'s' * (len(parents) > 1)} {named}"
                return Suggestion(params, "evolution", 1.0, reason)
        return self._untried(taken, rng)

    def _parents(self, rng: np.random.Generator) -> list[Trial]:
        """Return one parent, or two different ones."""
        first = self._winner(self._population, rng)
        others = [t for t in self._population if t is not first]
        if not others or rng.random() >= _CROSSOVER:
            return [first]
        return [first, self._winner(others, rng)]

    def _winner(self, members: Sequence[Trial], rng: np.random.Generator) -> Trial:
        """Return the best of some random members, which are ordered from best to worst."""
        drawn = rng.choice(len(members), min(self._tournament, len(members)), replace=False)
        return members[int(drawn.min())]

    def _untried(self, taken: set[str], rng: np.random.Generator) -> Suggestion:
        params = self._space.untried(taken, rng)
        if params is None:
            raise SpaceExhaustedError("all configurations of the search space have been suggested")
        return Suggestion(params, "random", 1.0, "all children have been tried")

    def state_dict(self) -> dict[str, Any]:
        """Return the number of suggestions, from which the next one is seeded."""
        return {"suggested": self._suggested}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._suggested = int(state["suggested"])
