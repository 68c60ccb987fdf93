"""Adapter from NNI's tuner interface to a search algorithm.

NNI calls a tuner from two threads, out of order, with arbitrary reports, and hangs silently if the
tuner raises. The adapter keeps the experiment running: it locks, keeps the history, draws a random
configuration when the algorithm fails, and logs and journals every fault. After `nnictl resume` it
continues from its journal.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import nni
from nni.tuner import Tuner

from nni_hpo_ext import __version__
from nni_hpo_ext.dispatcher import current_dispatcher
from nni_hpo_ext.errors import HpoExtError, SpaceExhaustedError
from nni_hpo_ext.journal import TUNER_FILE, Journal
from nni_hpo_ext.metrics import DEFAULT, objectives_from_config
from nni_hpo_ext.space import CandidateSpace, SearchSpace
from nni_hpo_ext.tuners._arguments import checked_candidates, checked_seed
from nni_hpo_ext.tuners._history import loose_text
from nni_hpo_ext.tuners._memory import Memory
from nni_hpo_ext.tuners._proposer import Proposer
from nni_hpo_ext.tuners._recorder import Recorder
from nni_hpo_ext.tuners._recovery import recall
from nni_hpo_ext.tuners._running import RunningTrials
from nni_hpo_ext.tuners._start import Start, StartFrom
from nni_hpo_ext.types import Algorithm, Objective, Params

__all__ = ["AlgorithmTuner"]

_logger = logging.getLogger(__name__)


class AlgorithmTuner(Tuner):
    """An NNI tuner around an `Algorithm`.

    Parameters
    ----------
    objectives
        ``{name: "maximize" or "minimize"}``, in order of importance. By default taken from the
        first report with the key ``maximize``, else the single objective ``default``.
    optimize_mode
        Direction of that single objective.
    seed
        Seed of every random choice, a non-negative integer; drawn and logged by default.
    candidates
        The only configurations to try; by default the whole search space.
    start_from
        Configurations to try first, ``{"parameter": {...}, "value": report}`` to learn from; or the
        id, directory, trace or JSON export of an earlier experiment. See ``docs/start-from.md``.

    Raises
    ------
    ConfigError
        If an argument is invalid.

    Examples
    --------
    A tuner of your own builds its algorithm, here that of `RandomTuner`:

    >>> from nni_hpo_ext.tuners import RandomTuner
    >>> class MyTuner(AlgorithmTuner):
    ...     def _make_algorithm(self, space, objectives, seed):
    ...         return RandomTuner()._make_algorithm(space, objectives, seed)
    >>> tuner = MyTuner(seed=0)
    >>> tuner.update_search_space({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> params = tuner.generate_parameters(0)
    >>> sorted(params)
    ['x']
    >>> tuner.receive_trial_result(0, params, 0.9)
    """

    def __init__(
        self,
        objectives: Mapping[str, Any] | None = None,
        optimize_mode: str = "maximize",
        seed: int | None = None,
        candidates: Sequence[Params] | None = None,
        start_from: StartFrom | None = None,
    ) -> None:
        super().__init__()
        self._accept_customized_trials()  # or NNI drops the results of trials that users add
        declared = objectives_from_config(objectives, optimize_mode)
        only = Objective(DEFAULT, optimize_mode)  # type: ignore[arg-type]
        self._memory = Memory(declared or (only,), declared is not None)
        self._candidates = checked_candidates(candidates)
        self._start_from = Start(start_from, self._memory)
        self._seed = checked_seed(seed)
        self._lock = threading.RLock()
        self._journal = Journal.of_experiment(TUNER_FILE)
        self._is_started = False
        self._is_compared = self._is_settled = True  # until a resume
        self._proposer: Proposer | None = None
        self._fault = "NNI requested a configuration before it sent a search space"
        dispatcher = current_dispatcher()
        dispatcher.announce_tuner(self)
        self._running = RunningTrials(dispatcher, self._journal)
        self._recorder = Recorder(
            self._memory, self._journal, self._running, self._objectives_changed
        )

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives, declared or taken from the first report; empty while unknown."""
        return self._memory.objectives if self._memory.declared else ()

    @abstractmethod
    def _make_algorithm(
        self, space: SearchSpace, objectives: Sequence[Objective], seed: int
    ) -> Algorithm:
        """Build the algorithm for a search space."""

    def check_search_space(self, search_space: Any) -> None:
        """Check whether the class arguments fit a search space; `nni-hpo check` calls it.

        Raises
        ------
        HpoExtError
            If they do not.
        """
        self._start_from.check(self._make_space(search_space))

    def _make_space(self, search_space: Any) -> SearchSpace:
        if self._candidates is None:
            return SearchSpace(search_space)
        return CandidateSpace(search_space, self._candidates)

    # ---------------------------------------------------------------- called by NNI: start

    def load_checkpoint(self) -> None:
        """Restore the tuner from the journal on a resume; NNI then imports its own results."""
        with self._lock:
            lines, unusable = recall(self._journal, self._memory)
            if self._memory.seed is not None:
                self._seed = self._memory.seed
            self._is_compared = self._is_settled = False
            self._start(self._memory.run + 1)
            trials = len(list(self._memory.history.reports()))
            _logger.info("resumed with %d results from %d journal lines", trials, lines)
            if unusable or not lines:
                fault = f"damaged lines skipped: {unusable}" if lines else "missing or empty"
                _logger.warning("journal %s: %s", self._journal.path, fault)

    def _start(self, run: int) -> None:
        self._is_started = True
        self._recorder.note(
            "start",
            run=run,
            seed=self._seed,
            time=time.time(),
            tuner=type(self).__name__,
            version=__version__,
        )

    def update_search_space(self, search_space: Any) -> None:
        """Set the search space; earlier results that lie in it are kept."""
        with self._lock:
            if not self._is_started:
                self._start(0)
            before = self._memory.space
            self._recorder.note("space", run=self._memory.run, space=search_space)
            try:
                space = self._make_space(search_space)
                earlier = self._start_from.read()
                self._use(space)
            except HpoExtError as error:
                # An exception here would hang NNI; `generate_parameters` reports the fault.
                self._use(None)
                self._fault = str(error)
                if not self._fault.startswith("start_from"):
                    self._fault = f"invalid search space: {error}"
                _logger.error("%s", self._fault)
            else:
                self._start_from.learn(earlier, space, self._recorder)
            if before is not None and loose_text(before) != loose_text(search_space):
                _logger.warning("the search space has changed; results outside it are ignored")

    def _use(self, space: SearchSpace | None) -> None:
        self._recorder.space = space
        self._memory.history.use(space)
        self._proposer = None
        if space is not None:
            self._proposer = Proposer(self._make_algorithm, self._memory, space, self._seed)
            self._proposer.rebuild()

    # ---------------------------------------------------------------- called by NNI: suggestions

    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        """Return a configuration that has not been suggested before.

        Raises
        ------
        nni.NoMoreTrialError
            If every configuration of the search space has been suggested.
        """
        with self._lock:
            started = time.perf_counter()
            if self._proposer is None:
                _report_error(kwargs.get("st_callback"), self._fault)
                raise nni.NoMoreTrialError(self._fault)
            self._settle(kwargs.get("st_callback"))
            self._recorder.give_up(self._memory.history.missing())
            which = {"run": self._memory.run, "id": parameter_id}
            try:
                running = self._running.forecasts(self._memory.history.waiting())
                suggestion = self._proposer.propose(running)
            except SpaceExhaustedError as error:
                _logger.info("%s", error)
                state = self._proposer.state()
                self._recorder.note("exhausted", **which, reason=str(error), state=state)
                raise nni.NoMoreTrialError(str(error)) from error
            for fault in suggestion.faults:
                self._recorder.note("fallback", **which, error=fault)
            params = dict(suggestion.params)
            self._recorder.note(
                "suggest",
                **which,
                params=params,
                arm=suggestion.arm,
                probability=suggestion.probability,
                reason=suggestion.reason,
                step=suggestion.step,
                seconds=round(time.perf_counter() - started, 3),
                state=self._proposer.state(),
            )
            _logger.info("trial %s: %s (%s)", parameter_id, params, suggestion.reason)
            if suggestion.faults:
                _logger.warning(
                    "trial %s: suggested by %s after another component failed (%d of %d so far)",
                    parameter_id,
                    suggestion.arm,
                    len(self._memory.substituted),
                    self._memory.asked,
                )
            return params

    def _settle(self, callback: Any) -> None:
        """Drop the suggestions that NNI does not run again after a resume.

        Only its dispatcher knows which trials it reruns.
        """
        known = getattr(getattr(callback, "__self__", None), "recovered_trial_params", None)
        if self._is_settled or not isinstance(known, Mapping):
            return
        self._is_settled = True
        self._recorder.abandon_except(known.values())

    def follow(self, event: Mapping[str, Any]) -> None:
        """Apply an event that is in another process's journal, such as its suggestion.

        The algorithm then continues from the state in that event.

        Parameters
        ----------
        event
            The event, as `nni_hpo_ext.journal.listening` passes it, with the key ``event``.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is malformed; then nothing changes.
        """
        with self._lock:
            self._memory.apply(event)
            if self._proposer is not None and "state" in event:
                self._proposer.algorithm = None  # built again with that state when it is needed

    # ---------------------------------------------------------------- called by NNI: results

    def receive_trial_result(
        self, parameter_id: int | None, parameters: Any, value: Any, **kwargs: Any
    ) -> None:
        """Record a final report of any kind, whether early, late or repeated.

        Parameters
        ----------
        parameter_id
            NNI's id of the configuration, None for a trial added by a user.
        parameters
            The configuration.
        value
            The report.
        **kwargs
            NNI's ``customized`` and ``trial_job_id``.
        """
        name: object = parameter_id
        job = kwargs.get("trial_job_id")
        if parameter_id is None or kwargs.get("customized"):
            name = ("customized", job, parameter_id)
        with self._lock:
            self._recorder.report((self._memory.run, name), parameters, value, job)

    def trial_end(self, parameter_id: int | None, success: bool, **kwargs: Any) -> None:
        """Record the end of a trial.

        The result of a successful trial may still be queued, since NNI queues both separately. An
        unsuccessful trial without a result is recorded as failed, unless the assessor of this
        package stopped it and knows what it reached.

        Parameters
        ----------
        parameter_id
            NNI's id of the configuration.
        success
            Whether the trial's exit code was 0.
        **kwargs
            Empty in NNI 3.0. `nni-hpo serve` names the ``parameters`` of a trial that an earlier
            run suggested.
        """
        with self._lock:
            rerun = self._recorder.rerun(kwargs.get("parameters"))
            key = rerun or (self._memory.run, parameter_id)
            if key in self._memory.history.waiting():
                reason = kwargs.get("reason") or "it ended without a final result"
                self._recorder.end(key, success, reason)

    def _on_exit(self) -> None:
        """Log the missing results; NNI calls this when it ends the tuner."""
        with self._lock:
            self._recorder.log_awaited()

    def import_data(self, data: Any) -> None:
        """Import records ``{"parameter": ..., "value": ...}`` of an earlier experiment.

        The first import after a resume holds the results of the experiment itself, in which NNI
        may pair parameters and results wrongly: results that the journal lacks are read from NNI's
        database. Later imports hold the results of trials that are rerun.
        """
        with self._lock:
            if self._is_compared:
                self._recorder.import_records(data)
            else:
                self._is_compared = True
                self._recorder.import_own(data)

    def _objectives_changed(self) -> None:
        if self._proposer is not None:
            try:
                self._proposer.rebuild()
            except Exception:  # `propose` tries again, or logs the failure and falls back
                _logger.exception("could not rebuild the algorithm")


def _report_error(st_callback: Any, message: str) -> None:
    """Report an error to NNI's manager, so that the experiment ends with status ERROR."""
    dispatcher = getattr(st_callback, "__self__", None)
    if dispatcher is not None:
        dispatcher.report_error(message)
