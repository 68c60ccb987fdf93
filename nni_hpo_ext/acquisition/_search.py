"""What all searches by models have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from nni_hpo_ext.acquisition._design import space_filling_point
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.types import Params, Suggestion

__all__ = ["ModelBasedSearch"]


class ModelBasedSearch(ABC):
    """One suggestion after the other, the first ones from a space-filling design.

    Parameters
    ----------
    space
        Where to search.
    seed
        Seed of every random choice.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space = space
        self._seed = seed
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

    def _initial(self, note: str = "") -> Suggestion:
        u = space_filling_point(self._space, self._seed, self._suggested)
        reason = f"space-filling point {self._suggested + 1}{note}"
        return Suggestion(self._space.decode(u), "initial", 1.0, reason)
