"""Ask the algorithm; if it fails or repeats itself, log the fault and draw at random."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from nni_hpo_ext.errors import SpaceExhaustedError
from nni_hpo_ext.space import SearchSpace, fitted
from nni_hpo_ext.tuners._memory import Memory
from nni_hpo_ext.tuners._randomness import global_generators_kept
from nni_hpo_ext.tuners._threads import one_thread
from nni_hpo_ext.types import (
    Algorithm,
    Forecasts,
    Objective,
    Params,
    RunningObserver,
    Suggestion,
)

__all__ = ["MakeAlgorithm", "Proposer"]

MakeAlgorithm = Callable[[SearchSpace, Sequence[Objective], int], Algorithm]

_logger = logging.getLogger(__name__)

# Draws before the untried configurations of a finite space are enumerated.
_DRAWS = 200


class Proposer:
    """Ask an algorithm, and draw at random where it fails or repeats itself.

    Parameters
    ----------
    make
        Builds the algorithm.
    memory
        The state of the tuner.
    space
        The search space.
    seed
        Seed of every random choice.
    """

    def __init__(self, make: MakeAlgorithm, memory: Memory, space: SearchSpace, seed: int) -> None:
        self._make = make
        self._memory = memory
        self._space = space
        self._seed = seed
        self.algorithm: Algorithm | None = None

    def rebuild(self) -> Algorithm:
        """Build the algorithm for the current objectives and restore its state."""
        self.algorithm = None
        with global_generators_kept():  # the algorithm's libraries are imported here
            algorithm = self._make(self._space, self._memory.objectives, self._seed)
        if self._memory.state:
            try:
                algorithm.load_state_dict(self._memory.state)
            except (KeyError, TypeError, ValueError) as error:
                _logger.error(
                    "the algorithm starts afresh: its state in the journal is not usable: %r", error
                )
        self.algorithm = algorithm
        return algorithm

    def state(self) -> Mapping[str, Any]:
        """Return the state from which the algorithm can continue."""
        return self._memory.state if self.algorithm is None else self.algorithm.state_dict()

    def propose(self, running: Sequence[tuple[Params, Forecasts]] = ()) -> Suggestion:
        """Return a configuration that has not been tried before.

        Parameters
        ----------
        running
            The running trials whose final values can be predicted.

        Raises
        ------
        SpaceExhaustedError
            If no untried configuration is left.
        """
        tried = self._memory.history.tried()
        suggestion = self._first(tried) or self._ask(running)
        if self._space.key(suggestion.params) not in tried:
            return suggestion
        params = self._space.untried(tried, self._rng(), draws=_DRAWS)
        if params is None:
            raise SpaceExhaustedError(
                f"all {len(tried)} configurations of the search space have been suggested"
            )
        reason = f"replaces a repeated suggestion of {suggestion.arm}"
        return Suggestion(params, "random", 1.0, reason, suggestion.faults)

    def _first(self, tried: Collection[str]) -> Suggestion | None:
        """Return the next configuration that the user wants to try first, None after the last."""
        to_try = self._memory.to_try
        for i, given in enumerate(to_try):
            rng = np.random.default_rng([self._seed, 2, i])
            params = fitted(self._space, given, rng)
            if self._space.key(params) not in tried:
                reason = f"configuration {i + 1} of {len(to_try)} in start_from"
                return Suggestion(params, "start_from", 1.0, reason)
        return None

    def _ask(self, running: Sequence[tuple[Params, Forecasts]]) -> Suggestion:
        """Ask the algorithm; draw at random if it fails or leaves the search space."""
        memory = self._memory
        try:
            algorithm = self.algorithm or self.rebuild()
            with one_thread():
                algorithm.observe(memory.history.trials(memory.objectives, memory.declared))
                if isinstance(algorithm, RunningObserver):
                    algorithm.observe_running(running)
                suggestion = algorithm.suggest(1, memory.history.pending())[0]
            self._space.encode(suggestion.params)
            return suggestion
        except SpaceExhaustedError as error:  # not a failure: `propose` enumerates what may be left
            return self._random(str(error))
        except Exception as error:
            _logger.exception("the algorithm failed; drawing at random")
            return self._random(f"fallback after {type(error).__name__}", f"{error!r:.300}")

    def _random(self, reason: str, *faults: str) -> Suggestion:
        params = self._space.decode(self._space.sample(1, self._rng())[0])
        return Suggestion(params, "random", 1.0, reason, faults)

    def _rng(self) -> np.random.Generator:
        """Return a generator for random fallbacks, a new one for each suggestion."""
        return np.random.default_rng([self._seed, 1, self._memory.asked])
