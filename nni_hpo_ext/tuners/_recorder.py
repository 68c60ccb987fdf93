"""Record what happens to the trials, in the journal and in the memory at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nni_hpo_ext.journal import Journal, compact
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._history import TrialKey
from nni_hpo_ext.tuners._memory import Memory, plain_forecasts
from nni_hpo_ext.tuners._recovery import compare, nni_account
from nni_hpo_ext.tuners._running import RunningTrials
from nni_hpo_ext.types import Params, TrialStatus

__all__ = ["Recorder"]

_logger = logging.getLogger(__name__)

_MOST_NAMED = 10


class Recorder:
    """Records results and ends of trials; whatever NNI sends, it does not raise.

    Parameters
    ----------
    memory
        The state of the tuner.
    journal
        Where events are written.
    running
        The trials that the assessor observes.
    on_objectives
        Called after a report has declared the objectives.

    Attributes
    ----------
    space : SearchSpace or None
        The search space; without one any configuration is accepted.
    """

    def __init__(
        self,
        memory: Memory,
        journal: Journal,
        running: RunningTrials,
        on_objectives: Callable[[], None],
    ) -> None:
        self._memory = memory
        self._journal = journal
        self._running = running
        self._on_objectives = on_objectives
        self.space: SearchSpace | None = None

    def note(self, event: str, **fields: Any) -> None:
        """Write an event to the journal and apply it to the memory."""
        self._journal.write(event, **fields)
        self._memory.apply({"event": event, **fields})

    def report(self, key: TrialKey, params: Any, value: Any, job: str | None) -> None:
        """Record a final report."""
        memory, (run, name) = self._memory, key
        if not isinstance(params, Mapping):
            self._reject(name, f"the configuration must be a mapping, got {params!r:.80}")
            return
        adopted = memory.adopt(value)
        fits = self.space is None or params in self.space
        reading = memory.history.reading(value, memory.objectives, memory.declared)
        outside = "" if fits else f"{dict(params)!r:.200} is not in the search space"
        problem = "; ".join(filter(None, (reading.problem, outside)))
        names = [o.name for o in memory.objectives]
        stopped = reading.status is TrialStatus.STOPPED
        forecasts = self._running.final(job, name) if stopped else {}
        self.note(
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
            _logger.info("objectives taken from the first report: %s", memory.objectives)
            self._on_objectives()

    def end(self, key: TrialKey, success: bool, reason: str) -> None:
        """Record the end of a trial whose final report has not been received."""
        run, name = key
        job, reached = ("", {}) if success else self._running.reached(name)
        if reached:
            params = self._memory.history.params(key)
            self.report(key, params, {**reached, "partial": True}, job)
        elif not success:
            self.note("end", run=run, id=name, success=False)
            _logger.warning("trial %s failed: %s", name, reason)
        elif key not in self._memory.history.awaited():
            self.note("finish", run=run, id=name)

    def give_up(self, missing: Iterable[TrialKey]) -> None:
        """Record successful trials with missing results as failed."""
        keys = list(missing)
        for run, name in keys:
            self.note("end", run=run, id=name, success=True, reason="no final result")
        if keys:
            _logger.warning(
                "succeeded without a final result and are recorded as failed: %s; "
                "call nni.report_final_result in the trial",
                _names(keys),
            )

    def abandon_except(self, known: Iterable[Params]) -> None:
        """Drop the suggestions of earlier runs, except these configurations, which NNI reruns."""
        history = self._memory.history
        rerun = {history.suggestion_of(params) for params in known}
        self.give_up(key for key in history.awaited() if key not in rerun)
        for run, name in [key for key in history.waiting() if key not in rerun]:
            self.note("abandon", run=run, id=name, reason="not rerun after the resume")

    def rerun(self, params: Any) -> TrialKey | None:
        """Return the suggestion of an earlier run that a trial repeats, if any."""
        key = self._memory.history.suggestion_of(params)
        return key if key is not None and key[0] < self._memory.run else None

    def learn(self, params: Params, report: Any) -> None:
        """Record the result of a trial of another experiment."""
        self._import(None, params, report)

    def import_records(self, data: Any) -> None:
        """Record the results of reruns and of other experiments."""
        for record in list(self._records(data)):
            params = record["parameter"]
            self._import(self.rerun(params), params, record["value"])

    def import_own(self, data: Any) -> None:
        """Compare this experiment's results with the journal, and record those it lacks."""
        memory = self._memory
        found = compare(memory, list(self._records(data)), nni_account(self._journal))
        for result in found.missing:
            self._import(result.key, result.params, result.report, result.job)
        counts = {"known": found.known, "learnt": len(found.missing), "wrong": found.wrong}
        self.note("compare", run=memory.run, **counts, unproven=found.unproven)
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

    def log_awaited(self) -> None:
        """Log the results that are missing when the experiment ends."""
        awaited = self._memory.history.awaited()
        if awaited:
            _logger.warning("succeeded, but have not sent a final result: %s", _names(awaited))

    def _records(self, data: Any) -> Iterator[Mapping[str, Any]]:
        for entry in data if isinstance(data, (list, tuple)) else [data]:
            if isinstance(entry, Mapping) and "parameter" in entry and "value" in entry:
                yield entry
            else:
                self._reject(
                    "import", f"skipped {entry!r:.80}: must have the keys 'parameter' and 'value'"
                )

    def _import(
        self, key: TrialKey | None, params: Any, value: Any, job: str | None = None
    ) -> None:
        key = key or (self._memory.run, ("imported", self._memory.imported + 1))
        self.report(key, params, value, job)

    def _reject(self, name: object, reason: str) -> None:
        _logger.warning("%s: %s", name if name == "import" else f"trial {name}", reason)
        self.note("rejected", run=self._memory.run, id=name, reason=reason)


def _names(keys: Sequence[TrialKey]) -> str:
    """Return the names of the first trials and the number of the others."""
    names = ", ".join(f"trial {name}" for _, name in keys[:_MOST_NAMED])
    more = len(keys) - _MOST_NAMED
    return f"{names} and {more} more" if more > 0 else names
