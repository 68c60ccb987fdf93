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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import nni
from nni.tuner import Tuner

from nni_hpo_ext import __version__
from nni_hpo_ext.dispatcher import current_dispatcher
from nni_hpo_ext.errors import ConfigError, HpoExtError, SpaceExhaustedError
from nni_hpo_ext.journal import TUNER_FILE, Journal, compact
from nni_hpo_ext.metrics import DEFAULT, objectives_from_config, objectives_from_report
from nni_hpo_ext.space import CandidateSpace, SearchSpace, overlap
from nni_hpo_ext.tuners._arguments import checked_candidates, checked_seed
from nni_hpo_ext.tuners._history import TrialKey, loose_text
from nni_hpo_ext.tuners._memory import Memory, plain_forecasts
from nni_hpo_ext.tuners._proposer import Proposer
from nni_hpo_ext.tuners._recovery import compare, nni_account, recall
from nni_hpo_ext.tuners._running import RunningTrials
from nni_hpo_ext.tuners._start import Earlier, StartFrom, checked_start_from, read_start
from nni_hpo_ext.types import Algorithm, Objective, Params, TrialStatus

__all__ = ["AlgorithmTuner"]

_logger = logging.getLogger(__name__)

_MOST_NAMED = 10


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
        self._start_from = checked_start_from(start_from)
        self._seed = checked_seed(seed)
        self._lock = threading.RLock()
        self._journal = Journal.of_experiment(TUNER_FILE)
        self._is_started = False
        self._is_compared = self._is_settled = True  # until a resume
        self._space: SearchSpace | None = None
        self._proposer: Proposer | None = None
        self._fault = "NNI requested a configuration before it sent a search space"
        dispatcher = current_dispatcher()
        dispatcher.announce_tuner(self)
        self._running = RunningTrials(dispatcher, self._journal)

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
        space = self._make_space(search_space)
        if self._start_from is not None:
            earlier = read_start(self._start_from)
            if not any(not e.has_report or self._learnable(e, space) for e in earlier):
                raise ConfigError(
                    f"start_from: none of its {len(earlier)} results has values for all parameters "
                    "of the search space and a value of an objective"
                )

    def _make_space(self, search_space: Any) -> SearchSpace:
        if self._candidates is None:
            return SearchSpace(search_space)
        return CandidateSpace(search_space, self._candidates)

    def _note(self, event: str, **fields: Any) -> None:
        """Write an event to the journal and apply it to the memory."""
        self._journal.write(event, **fields)
        self._memory.apply({"event": event, **fields})

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
        self._note(
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
            self._note("space", run=self._memory.run, space=search_space)
            try:
                space = self._make_space(search_space)
                start = self._read_start()
                self._use(space)
            except HpoExtError as error:
                # An exception here would hang NNI; `generate_parameters` reports the fault.
                self._use(None)
                self._fault = str(error)
                if not self._fault.startswith("start_from"):
                    self._fault = f"invalid search space: {error}"
                _logger.error("%s", self._fault)
            else:
                self._learn(start, space)
            if before is not None and loose_text(before) != loose_text(search_space):
                _logger.warning("the search space has changed; results outside it are ignored")

    def _read_start(self) -> list[Earlier]:
        """Read the configurations to start from, once in the life of an experiment."""
        if self._start_from is None or self._memory.has_started_from:
            return []
        return read_start(self._start_from)

    def _learn(self, earlier: Sequence[Earlier], space: SearchSpace) -> None:
        """Import the earlier results that lie in the search space, and note what to try."""
        if not earlier:
            return
        results = [e for e in earlier if e.has_report]
        learnable = [e for e in results if self._learnable(e, space)]
        to_try = [dict(e.params) for e in earlier if not e.has_report]
        skipped = len(results) - len(learnable)
        run = self._memory.run
        self._note("start_from", run=run, learnt=len(learnable), skipped=skipped, to_try=to_try)
        for result in learnable:
            self._import(None, overlap(space, result.params), result.report)
        _logger.info(
            "start_from: learnt from %d results, %d configurations to try first",
            len(learnable),
            len(to_try),
        )
        if skipped:
            _logger.warning(
                "start_from: skipped %d results that lack a parameter of the search space, lie "
                "outside it or have no value of an objective",
                skipped,
            )

    def _learnable(self, earlier: Earlier, space: SearchSpace) -> bool:
        memory = self._memory
        found = None if memory.declared else objectives_from_report(earlier.report)
        objectives, declared = found or memory.objectives, memory.declared
        reading = memory.history.reading(earlier.report, objectives, declared)
        is_usable = earlier.has_report and reading.status is not TrialStatus.FAILED
        return is_usable and overlap(space, earlier.params) in space

    def _use(self, space: SearchSpace | None) -> None:
        self._space = space
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
            self._give_up(self._memory.history.missing())
            which = {"run": self._memory.run, "id": parameter_id}
            try:
                running = self._running.forecasts(self._memory.history.waiting())
                suggestion = self._proposer.propose(running)
            except SpaceExhaustedError as error:
                _logger.info("%s", error)
                state = self._proposer.state()
                self._note("exhausted", **which, reason=str(error), state=state)
                raise nni.NoMoreTrialError(str(error)) from error
            for fault in suggestion.faults:
                self._note("fallback", **which, error=fault)
            params = dict(suggestion.params)
            self._note(
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
        history = self._memory.history
        rerun = {history.suggestion_of(params) for params in known.values()}
        self._give_up(key for key in history.awaited() if key not in rerun)
        for run, name in [key for key in history.waiting() if key not in rerun]:
            self._note("abandon", run=run, id=name, reason="not rerun after the resume")

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
            self._record((self._memory.run, name), parameters, value, job)

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
            history = self._memory.history
            key = self._rerun(kwargs.get("parameters")) or (self._memory.run, parameter_id)
            if key not in history.waiting():
                return
            job, reached = ("", {}) if success else self._running.reached(key[1])
            if reached:
                self._record(key, history.params(key), {**reached, "partial": True}, job)
            elif not success:
                self._note("end", run=key[0], id=key[1], success=False)
                reason = kwargs.get("reason") or "it ended without a final result"
                _logger.warning("trial %s failed: %s", parameter_id, reason)
            elif key not in history.awaited():
                self._note("finish", run=key[0], id=key[1])

    def _on_exit(self) -> None:
        """Log the missing results; NNI calls this when it ends the tuner."""
        with self._lock:
            awaited = self._memory.history.awaited()
            if awaited:
                _logger.warning("succeeded, but have not sent a final result: %s", _names(awaited))

    def _give_up(self, missing: Iterable[TrialKey]) -> None:
        """Record successful trials with missing results as failed."""
        keys = list(missing)
        for run, name in keys:
            self._note("end", run=run, id=name, success=True, reason="no final result")
        if keys:
            _logger.warning(
                "succeeded without a final result and are recorded as failed: %s; "
                "call nni.report_final_result in the trial",
                _names(keys),
            )

    def import_data(self, data: Any) -> None:
        """Import records ``{"parameter": ..., "value": ...}`` of an earlier experiment.

        The first import after a resume holds the results of the experiment itself, in which NNI
        may pair parameters and results wrongly: results that the journal lacks are read from NNI's
        database. Later imports hold the results of trials that are rerun.
        """
        with self._lock:
            records = list(self._records(data))
            if not self._is_compared:
                self._compare(records)
                return
            for record in records:
                self._import(self._rerun(record["parameter"]), record["parameter"], record["value"])

    def _records(self, data: Any) -> Iterator[Mapping[str, Any]]:
        for entry in data if isinstance(data, (list, tuple)) else [data]:
            if isinstance(entry, Mapping) and "parameter" in entry and "value" in entry:
                yield entry
            else:
                self._reject(
                    "import", f"skipped {entry!r:.80}: must have the keys 'parameter' and 'value'"
                )

    def _compare(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._is_compared = True
        found = compare(self._memory, records, nni_account(self._journal))
        for result in found.missing:
            self._import(result.key, result.params, result.report, result.job)
        counts = {"known": found.known, "learnt": len(found.missing), "wrong": found.wrong}
        self._note("compare", run=self._memory.run, **counts, unproven=found.unproven)
        _logger.info(
            "NNI's results: %d are in the journal, %d were added from the database, %d had another "
            "trial's parameters and were corrected",
            *counts.values(),
        )
        if found.unproven:
            _logger.warning(
                "ignored %d of NNI's results: neither its database nor the journal tells which "
                "configuration they belong to",
                found.unproven,
            )

    def _rerun(self, params: Any) -> TrialKey | None:
        """Return the suggestion of an earlier run that a trial repeats, if any."""
        key = self._memory.history.suggestion_of(params)
        return key if key is not None and key[0] < self._memory.run else None

    def _import(
        self, key: TrialKey | None, params: Any, value: Any, job: str | None = None
    ) -> None:
        key = key or (self._memory.run, ("imported", self._memory.imported + 1))
        self._record(key, params, value, job)

    def _record(self, key: TrialKey, params: Any, value: Any, job: str | None) -> None:
        memory, (run, name) = self._memory, key
        if not isinstance(params, Mapping):
            self._reject(name, f"the configuration must be a mapping, got {params!r:.80}")
            return
        adopted = memory.adopt(value)
        fits = self._space is None or params in self._space
        reading = memory.history.reading(value, memory.objectives, memory.declared)
        outside = "" if fits else f"{dict(params)!r:.200} is not in the search space"
        problem = "; ".join(filter(None, (reading.problem, outside)))
        names = [o.name for o in memory.objectives]
        stopped = reading.status is TrialStatus.STOPPED
        forecasts = self._running.final(job, name) if stopped else {}
        self._note(
            "result",
            run=run,
            id=name,
            job=job,
            status=reading.status.value,
            values=dict(zip(names, reading.values, strict=False)),
            reason=problem,
            **({"forecasts": plain_forecasts(forecasts)} if forecasts else {}),
            **({} if fits else {"outside": True}),
            **({} if memory.history.knows(key) else {"params": dict(params)}),
            report=compact(value),
        )
        if reading.status is TrialStatus.FAILED:
            _logger.warning("trial %s recorded as failed: %s", name, problem)
        elif problem:
            _logger.warning("trial %s: %s", name, problem)
        if adopted:
            self._objectives_changed()

    def _objectives_changed(self) -> None:
        _logger.info("objectives taken from the first report: %s", self._memory.objectives)
        if self._proposer is not None:
            try:
                self._proposer.rebuild()
            except Exception:  # `propose` tries again, or logs the failure and falls back
                _logger.exception("could not rebuild the algorithm")

    def _reject(self, name: object, reason: str) -> None:
        _logger.warning("%s: %s", name if name == "import" else f"trial {name}", reason)
        self._note("rejected", run=self._memory.run, id=name, reason=reason)


def _names(keys: Sequence[TrialKey]) -> str:
    """Return the names of the first trials and the number of the others."""
    names = ", ".join(f"trial {name}" for _, name in keys[:_MOST_NAMED])
    more = len(keys) - _MOST_NAMED
    return f"{names} and {more} more" if more > 0 else names


def _report_error(st_callback: Any, message: str) -> None:
    """Report an error to NNI's manager, so that the experiment ends with status ERROR."""
    dispatcher = getattr(st_callback, "__self__", None)
    if dispatcher is not None:
        dispatcher.report_error(message)
