"""The brackets of Hyperband: how many configurations train for how long."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from nni_hpo_ext.arguments import whole_number
from nni_hpo_ext.errors import ConfigError

__all__ = ["Brackets", "Rung"]


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage of a bracket.

    Attributes
    ----------
    size
        Number of configurations that train.
    budget
        For how many epochs each of them trains.

    Examples
    --------
    >>> Brackets(1, 3, 3).rungs(0)
    (Rung(size=3, budget=1), Rung(size=1, budget=3))
    """

    size: int
    budget: int


class Brackets:
    """The brackets of Hyperband (Li et al., JMLR 18, 2018, algorithm 1).

    Bracket ``s`` starts ``n = ceil((s_max + 1) * eta**s / (s + 1))`` configurations at the budget
    ``max_budget / eta**s``; each following rung keeps ``1 / eta`` of them and multiplies the budget
    by ``eta``, up to ``max_budget``. ``s`` goes from ``s_max`` down to 0, again and again. Budgets
    are rounded down to whole epochs.

    Parameters
    ----------
    min_budget, max_budget
        Smallest and largest budget, in epochs; ``s_max`` is the largest ``s`` for which
        ``max_budget / eta**s`` is not below ``min_budget``.
    eta
        Factor between the budgets of two rungs.

    Attributes
    ----------
    budgets : tuple of int
        All budgets, ascending.
    cycle : tuple of tuple of Rung
        The rungs of each bracket, of which the order repeats.

    Raises
    ------
    ConfigError
        If a budget or ``eta`` is not an integer, or out of range.

    Examples
    --------
    >>> brackets = Brackets(1, 9, 3)
    >>> for rungs in brackets.cycle:
    ...     print([(rung.size, rung.budget) for rung in rungs])
    [(9, 1), (3, 3), (1, 9)]
    [(5, 3), (1, 9)]
    [(3, 9)]
    >>> brackets.bracket_of(9), brackets.first(1)
    (1, 9)
    """

    def __init__(self, min_budget: int, max_budget: int, eta: int) -> None:
        whole_number("eta", eta, 2)
        whole_number("min_budget", min_budget, 1)
        whole_number("max_budget", max_budget, 1)
        if max_budget < min_budget:
            raise ConfigError(
                f"max_budget must be at least min_budget ({min_budget}), got {max_budget}"
            )
        s_max = 0
        while min_budget * eta ** (s_max + 1) <= max_budget:
            s_max += 1
        self.budgets = tuple(max_budget // eta**s for s in range(s_max, -1, -1))
        self.cycle = tuple(self._rungs(s, s_max, eta) for s in range(s_max, -1, -1))
        # Number of configurations drawn before each bracket of a cycle, and in a whole cycle.
        self._starts = list(accumulate((rungs[0].size for rungs in self.cycle), initial=0))

    def _rungs(self, s: int, s_max: int, eta: int) -> tuple[Rung, ...]:
        size = -(-(s_max + 1) * eta**s // (s + 1))
        return tuple(Rung(size // eta**i, b) for i, b in enumerate(self.budgets[s_max - s :]))

    def rungs(self, bracket: int) -> tuple[Rung, ...]:
        """Return the rungs of a bracket, counted from 0 over all cycles."""
        return self.cycle[bracket % len(self.cycle)]

    def first(self, bracket: int) -> int:
        """Return how many configurations the brackets before this one draw."""
        cycle, number = divmod(bracket, len(self.cycle))
        return cycle * self._starts[-1] + self._starts[number]

    def bracket_of(self, drawn: int) -> int:
        """Return the bracket that the configuration number ``drawn``, from 0, belongs to."""
        cycle, rest = divmod(drawn, self._starts[-1])
        return cycle * len(self.cycle) + bisect_right(self._starts, rest) - 1
