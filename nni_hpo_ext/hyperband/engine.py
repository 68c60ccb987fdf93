"""Hyperband without NNI: which configuration trains next, and for how long."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from nni_hpo_ext.budget import TRIAL_BUDGET, configuration, with_budget
from nni_hpo_ext.errors import SpaceExhaustedError
from nni_hpo_ext.hyperband._brackets import Brackets, Rung
from nni_hpo_ext.hyperband._draw import DensityDraw, Draw, RandomDraw, Results
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.types import Objective, Params, Suggestion, Trial

__all__ = ["DensityDraw", "Draw", "HyperbandEngine", "RandomDraw"]


# A configuration's key, and the budget of a trial with it.
_Run = tuple[str, int]


class _Member(NamedTuple):
    """A configuration of a bracket."""

    key: str
    params: Params
    number: int  # of configurations drawn before it


class HyperbandEngine:
    """Successive halving in brackets.

    A rung ends when none of its trials is running. The best of it go on, from the start, with the
    budget of the next rung; failed trials do not go on, and neither do those that NNI has lost. A
    worker that is free before a rung ends starts the next bracket (Falkner et al., ICML 2018,
    section 4.2), so that none waits.

    Each configuration belongs to one bracket, which its number tells: the engine can be rebuilt
    from the trials and its state.

    Parameters
    ----------
    space
        The search space, without budget.
    objective
        The objective that decides who goes on: the first of those that the trials report.
    brackets
        The brackets.
    draw
        How new configurations are drawn.
    seed
        Seed of every random choice.
    """

    def __init__(
        self,
        space: SearchSpace,
        objective: Objective,
        brackets: Brackets,
        draw: Draw,
        seed: int,
    ) -> None:
        self._space = space
        self._objective = objective
        self._brackets = brackets
        self._draw = draw
        self._seed = seed
        self._drawn = 0
        self._oldest = 0  # the first bracket that is not over
        self._is_exhausted = False
        self._members: dict[int, _Member] = {}
        self._keys: set[str] = set()
        self._begun: set[_Run] = set()  # suggested here, finished or not
        self._losses: dict[_Run, float] = {}
        self._configs: dict[str, Params] = {}

    # ---------------------------------------------------------------- the algorithm interface

    def observe(self, trials: Sequence[Trial]) -> None:
        """Replace the known trials by all that have ended so far."""
        self._losses, self._configs = {}, {}
        for trial in trials:
            params = configuration(trial.params)
            key = self._space.key(params)
            self._losses[key, trial.params[TRIAL_BUDGET]] = self._loss(trial)
            self._configs[key] = params
            number = None if trial.suggestion is None else trial.suggestion.step
            if number is not None:
                self._join(number, params)

    def _loss(self, trial: Trial) -> float:
        loss = self._objective.sign * trial.values[0] if trial.values else math.inf
        return math.inf if math.isnan(loss) else loss

    def _join(self, number: int, params: Params) -> _Member:
        member = self._members.get(number)
        if member is None:
            member = _Member(self._space.key(params), params, number)
            self._members[number] = member
            self._keys.add(member.key)
        return member

    def suggest(self, n: int, pending: Sequence[Params]) -> list[Suggestion]:
        """Suggest ``n`` configurations with budgets while those in ``pending`` are running.

        Raises
        ------
        SpaceExhaustedError
            If every configuration of the search space has been drawn, and none can go on now.
        """
        suggestions: list[Suggestion] = []
        for _ in range(n):
            suggestions.append(self._next([*pending, *(s.params for s in suggestions)]))
        return suggestions

    def state_dict(self) -> dict[str, Any]:
        """Return how far the brackets are, and the configurations that have no result yet."""
        started = self._brackets.first(self._oldest)
        unfinished = [
            [member.number, dict(member.params)]
            for member in self._members.values()
            if member.number >= started and member.key not in self._configs
        ]
        return {"drawn": self._drawn, "oldest": self._oldest, "unfinished": unfinished}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._drawn, self._oldest = int(state["drawn"]), int(state["oldest"])
        for number, params in state["unfinished"]:
            self._join(int(number), params)

    # ---------------------------------------------------------------- brackets

    def _next(self, pending: Sequence[Params]) -> Suggestion:
        running = {(self._space.key(configuration(p)), p[TRIAL_BUDGET]) for p in pending}
        suggestion = self._promotion(running)
        if suggestion is None and not self._is_exhausted:
            suggestion = self._new(pending) or self._promotion(running)
        if suggestion is None:
            raise SpaceExhaustedError("all configurations of the search space have been drawn")
        self._begun.add((self._space.key(configuration(suggestion.params)), _budget(suggestion)))
        return suggestion

    def _promotion(self, running: Collection[_Run]) -> Suggestion | None:
        """Return the next run of a rung above the first, of the oldest bracket that has one."""
        for bracket in range(self._oldest, self._brackets.bracket_of(self._drawn) + 1):
            found = self._climb(bracket, running)
            if found is not None:
                return found
        return None

    def _climb(self, bracket: int, running: Collection[_Run]) -> Suggestion | None:
        rungs = self._brackets.rungs(bracket)
        first = self._brackets.first(bracket)
        if self._drawn < first + rungs[0].size and not self._is_exhausted:
            return None
        numbers = range(first, first + rungs[0].size)
        members = [self._members[number] for number in numbers if number in self._members]
        for level, (rung, above) in enumerate(pairwise(rungs), 1):
            if self._is_running(members, rung, running):
                return None
            members = self._best(members, rung, above, running)
            for member in members:
                if not self._has_begun(member, above, running):
                    reason = f"{_place(bracket, level, rungs)}: among the best after {rung.budget}"
                    params = with_budget(member.params, above.budget)
                    return Suggestion(params, "promotion", 1.0, reason, step=member.number)
        if bracket == self._oldest and not self._is_running(members, rungs[-1], running):
            self._oldest += 1
        return None

    def _is_running(
        self, members: Sequence[_Member], rung: Rung, running: Collection[_Run]
    ) -> bool:
        runs = [(member.key, rung.budget) for member in members]
        return any(run in running and run not in self._losses for run in runs)

    def _has_begun(self, member: _Member, rung: Rung, running: Collection[_Run]) -> bool:
        run = member.key, rung.budget
        return run in self._begun or run in self._losses or run in running

    def _best(
        self, members: Sequence[_Member], rung: Rung, above: Rung, running: Collection[_Run]
    ) -> list[_Member]:
        """Return those that go on: those that already have, then the best of the others."""
        begun = [m for m in members if self._has_begun(m, above, running)]
        others = [m for m in members if not self._has_begun(m, above, running)]

        def loss(member: _Member) -> float:
            return self._losses.get((member.key, rung.budget), math.inf)

        ranked = sorted((m for m in others if math.isfinite(loss(m))), key=loss)
        return begun + ranked[: max(0, above.size - len(begun))]

    # ---------------------------------------------------------------- new configurations

    def _new(self, pending: Sequence[Params]) -> Suggestion | None:
        """Draw the next configuration; return None if there is none left."""
        rng = np.random.default_rng([self._seed, self._drawn])
        drawn = self._draw(self._results(), [configuration(p) for p in pending], rng)
        params: Params | None = drawn.params
        if self._space.key(drawn.params) in self._keys:
            params = self._space.untried(self._keys, rng)
        if params is None:
            self._is_exhausted = True
            return None
        member = self._join(self._drawn, params)
        bracket = self._brackets.bracket_of(self._drawn)
        self._drawn += 1
        rungs = self._brackets.rungs(bracket)
        return Suggestion(
            with_budget(params, rungs[0].budget),
            drawn.arm,
            drawn.probability,
            _place(bracket, 0, rungs),
            step=member.number,
        )

    def _results(self) -> Mapping[int, Results]:
        results: dict[int, list[tuple[Params, float]]] = {}
        for (key, budget), loss in self._losses.items():
            results.setdefault(budget, []).append((self._configs[key], loss))
        return results


def _budget(suggestion: Suggestion) -> int:
    return int(suggestion.params[TRIAL_BUDGET])


def _place(bracket: int, level: int, rungs: Sequence[Rung]) -> str:
    budget = rungs[level].budget
    return f"bracket {bracket + 1}, rung {level + 1} of {len(rungs)}, {budget} epochs"
