"""The only gate between NNI and a search algorithm.

NNI calls a tuner from two threads, out of order, with anything a trial reported, and hangs in
silence if the tuner raises. Whatever comes, the adapter keeps the experiment going: it locks,
keeps the history, answers with a random configuration when the algorithm fails, and logs and
records all that it swallowed.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import nni
import numpy as np
from nni.tuner import Tuner

from nni_hpo_ext.errors import ConfigError, HpoExtError, SpaceExhaustedError
from nni_hpo_ext.journal import TUNER_FILE, Journal
from nni_hpo_ext.space import CandidateSpace, SearchSpace
from nni_hpo_ext.tuners._history import History
from nni_hpo_ext.tuners._metrics import DEFAULT, objectives_from_config, objectives_from_report
from nni_hpo_ext.tuners._threads import one_thread
from nni_hpo_ext.types import Algorithm, Objective, Params, Suggestion, TrialStatus

__all__ = ["AlgorithmTuner"]

_logger = logging.getLogger(__name__)

# Draws before the untried configurations of a finite space are enumerated.
_DRAWS = 200


class AlgorithmTuner(Tuner):
    """An NNI tuner around an `Algorithm`.

    Parameters
    ----------
    objectives
        ``{name: "maximize" or "minimize"}``, in order of importance. Left out: taken from the
        first report that carries ``maximize``, else the one objective ``default``.
    optimize_mode
        Direction of that one objective.
    seed
        Seed of every random choice, a non-negative integer. Left out: drawn, and logged.
    candidates
        The only configurations to try. Left out: all of the search space.

    Raises
    ------
    ConfigError
        If an argument is not allowed.
    """

    def __init__(
        self,
        objectives: Mapping[str, str] | None = None,
        optimize_mode: str = "maximize",
        seed: int | None = None,
        candidates: Sequence[Params] | None = None,
    ) -> None:
        super().__init__()
        self._accept_customized_trials()  # else NNI drops the results of trials that users add
        declared = objectives_from_config(objectives, optimize_mode)
        self._declared = declared is not None
        self._objectives = declared or (Objective(DEFAULT, optimize_mode),)  # type: ignore[arg-type]
        self._candidates = _checked_candidates(candidates)
        self._seed = _checked_seed(seed)
        self._rng = np.random.default_rng([self._seed, 1])  # for fallbacks only
        self._lock = threading.RLock()
        self._history = History()
        self._journal = Journal.of_experiment(TUNER_FILE)
        self._imported = 0
        self._space: SearchSpace | None = None
        self._algorithm: Algorithm | None = None
        self._fault = "NNI asked for a configuration before it gave a search space"

    @abstractmethod
    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        """Build the algorithm for a search space."""

    def _make_space(self, search_space: Any) -> SearchSpace:
        if self._candidates is None:
            return SearchSpace(search_space)
        return CandidateSpace(search_space, self._candidates)

    # ---------------------------------------------------------------- NNI's side, asking

    def update_search_space(self, search_space: Any) -> None:
        """Take a new search space; what was learnt and still fits it is kept."""
        with self._lock:
            try:
                self._space = self._make_space(search_space)
                self._history.use(self._space)
                self._rebuild()
            except HpoExtError as error:
                # NNI would hang here; `generate_parameters` can tell it.
                self._space, self._fault = None, f"search space refused: {error}"
                self._history.use(None)
                _logger.error("%s", self._fault)
            self._journal.write("space", space=search_space)

    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        """Return a configuration that was not suggested before.

        Raises
        ------
        nni.NoMoreTrialError
            If every configuration of the search space was suggested.
        """
        with self._lock:
            started = time.perf_counter()
            if self._space is None:
                _report_error(kwargs.get("st_callback"), self._fault)
                raise nni.NoMoreTrialError(self._fault)
            try:
                suggestion = self._untried(self._ask(parameter_id))
            except SpaceExhaustedError as error:
                _logger.info("%s", error)
                raise nni.NoMoreTrialError(str(error)) from error
            params = dict(suggestion.params)
            self._history.suggested(parameter_id, params)
            self._journal.write(
                "suggest",
                id=parameter_id,
                params=params,
                arm=suggestion.arm,
                probability=suggestion.probability,
                reason=suggestion.reason,
                seconds=round(time.perf_counter() - started, 3),
            )
            _logger.info("trial %s: %s (%s)", parameter_id, params, suggestion.reason)
            return params

    def _ask(self, parameter_id: int) -> Suggestion:
        """Ask the algorithm; answer at random, aloud, if it fails or leaves the search space."""
        assert self._space is not None
        try:
            algorithm = self._algorithm or self._rebuild()
            with one_thread():
                algorithm.observe(self._history.trials(self._objectives, self._declared))
                suggestion = algorithm.suggest(1, self._history.pending())[0]
            self._space.encode(suggestion.params)
            for fault in suggestion.faults:
                self._journal.write("fallback", id=parameter_id, error=fault)
            return suggestion
        except SpaceExhaustedError as error:  # no failure; `_untried` finds what may be left
            return self._random(str(error))
        except Exception as error:
            _logger.exception("trial %s: the algorithm failed, drawing at random", parameter_id)
            self._journal.write("fallback", id=parameter_id, error=f"{error!r:.300}")
            return self._random(f"fallback after {type(error).__name__}")

    def _random(self, reason: str) -> Suggestion:
        assert self._space is not None
        params = self._space.decode(self._space.sample(1, self._rng)[0])
        return Suggestion(params, "random", 1.0, reason)

    def _untried(self, suggestion: Suggestion) -> Suggestion:
        """Return the suggestion, or a random one if its configuration was tried before."""
        assert self._space is not None
        tried = self._history.tried()
        if self._space.key(suggestion.params) not in tried:
            return suggestion
        params = self._space.untried(tried, self._rng, draws=_DRAWS)
        if params is None:
            raise SpaceExhaustedError(
                f"all {len(tried)} configurations of the search space were suggested"
            )
        return Suggestion(params, "random", 1.0, f"in place of a repeat of {suggestion.arm}")

    def _rebuild(self) -> Algorithm:
        assert self._space is not None
        previous = self._algorithm
        self._algorithm = None
        algorithm = self._make_algorithm(self._space, self._objectives, self._seed)
        if previous is not None:
            algorithm.load_state_dict(previous.state_dict())
        self._algorithm = algorithm
        return algorithm

    # ---------------------------------------------------------------- NNI's side, telling

    def receive_trial_result(
        self, parameter_id: int | None, parameters: Any, value: Any, **kwargs: Any
    ) -> None:
        """Learn a final report: early, late or twice, of any trial, whatever it holds."""
        key: object = parameter_id
        if parameter_id is None or kwargs.get("customized"):
            key = ("customized", kwargs.get("trial_job_id"), parameter_id)
        self._learn(key, parameters, value)

    def trial_end(self, parameter_id: int | None, success: bool, **kwargs: Any) -> None:
        """Note that a trial ended; without a result so far it counts as failed."""
        with self._lock:
            if self._history.ended(parameter_id):
                self._journal.write("end", id=parameter_id, success=bool(success))
                self._note_failure(parameter_id, "ended without a final result")

    def import_data(self, data: Any) -> None:
        """Learn from records ``{"parameter": ..., "value": ...}`` of an earlier experiment."""
        for entry in data if isinstance(data, (list, tuple)) else [data]:
            if not isinstance(entry, Mapping) or "parameter" not in entry or "value" not in entry:
                _logger.warning("import: %.80r skipped: no 'parameter' and 'value'", entry)
                continue
            with self._lock:
                self._imported += 1
                self._learn(("imported", self._imported), entry["parameter"], entry["value"])

    def _learn(self, key: object, params: Any, value: Any) -> None:
        with self._lock:
            if not isinstance(params, Mapping):
                _logger.warning("trial %s: %.80r is no configuration", key, params)
                return
            self._adopt_objectives(value)
            fits = self._history.reported(key, dict(params), value)
            if self._space is not None and not fits:
                _logger.warning("trial %s: %.200r is not in the search space", key, params)
            outcome = self._history.outcome(value, self._objectives, self._declared)
            names = [o.name for o in self._objectives]
            self._journal.write(
                "result",
                id=key,
                status=outcome.status.value,
                values=dict(zip(names, outcome.values, strict=False)),
                reason=outcome.problem,
            )
            if outcome.status is TrialStatus.FAILED:
                self._note_failure(key, outcome.problem)
            elif outcome.problem:
                _logger.warning("trial %s: %s", key, outcome.problem)

    def _adopt_objectives(self, value: Any) -> None:
        """Take the objectives from the first report in the older form, if none were declared."""
        if self._declared:
            return
        objectives = objectives_from_report(value)
        if objectives is None:
            return
        self._objectives, self._declared = objectives, True
        _logger.info("objectives taken from the first report: %s", objectives)
        if self._space is not None:
            try:
                self._rebuild()
            except Exception:  # `_ask` builds it anew, or falls back aloud
                _logger.exception("could not rebuild the algorithm for %s", objectives)

    def _note_failure(self, key: object, problem: str) -> None:
        _logger.warning("trial %s counts as failed: %s", key, problem)


def _checked_seed(seed: object) -> int:
    if seed is None:
        drawn = int(np.random.SeedSequence().generate_state(1)[0])
        _logger.info("seed %d drawn; give it as classArgs.seed to repeat this run", drawn)
        return drawn
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ConfigError(f"seed {seed!r} is not allowed: give an integer from 0 to 2**32 - 1")
    return seed


def _checked_candidates(candidates: object) -> Sequence[Params] | None:
    if candidates is None:
        return None
    if not isinstance(candidates, Sequence) or isinstance(candidates, str) or not candidates:
        raise ConfigError(f"candidates {candidates!r:.60} is not allowed: give a list, not empty")
    for i, entry in enumerate(candidates):
        if not isinstance(entry, Mapping):
            raise ConfigError(
                f"candidates[{i}] {entry!r:.60} is not allowed: give a configuration, such as "
                "{learning_rate: 0.1}"
            )
    return candidates


def _report_error(st_callback: Any, message: str) -> None:
    """Tell NNI's manager, so that the experiment ends with status ERROR instead of hanging."""
    dispatcher = getattr(st_callback, "__self__", None)
    if dispatcher is not None:
        dispatcher.report_error(message)
