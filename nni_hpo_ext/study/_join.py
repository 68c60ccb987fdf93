"""Join events, metrics and logs to trials by NNI's parameter id."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nni_hpo_ext.config import objectives
from nni_hpo_ext.database import Configurations
from nni_hpo_ext.metrics import NO_RESULT, FinalReading, read_final, read_intermediate
from nni_hpo_ext.study._logs import ManagerLog
from nni_hpo_ext.study._records import End, Report, TrialRecord
from nni_hpo_ext.study._store import Event, ExperimentStore, Metric
from nni_hpo_ext.types import Objective, TrialStatus

__all__ = ["ExperimentSource", "Joined", "join", "read_trials"]

_ONGOING = {"WAITING": End.WAITING, "UNKNOWN": End.WAITING, "RUNNING": End.RUNNING}
_ENDS = {TrialStatus.COMPLETED: End.SUCCEEDED, TrialStatus.FAILED: End.FAILED}
_NOT_A_STATUS = ("USER_TO_CANCEL", "ADD_HYPERPARAMETER")


class ExperimentSource(Protocol):
    """NNI's data on an experiment, from its files or over REST."""

    def config(self) -> dict[str, Any]:
        """Return the config; empty before the experiment starts."""

    def times(self) -> tuple[float | None, float | None]:
        """Return start and end in seconds since the epoch, None where not reached yet."""

    def events(self) -> list[Event]:
        """Return the events of the trials, in order."""

    def metrics(self, *, final_only: bool = False) -> list[Metric]:
        """Return the reported metrics, in order; optionally only the final results."""

    def log(self) -> ManagerLog:
        """Return the facts from the manager's log."""

    def last_words(self, job_id: str) -> str:
        """Return the last line that a trial wrote to stderr, empty if there is none."""


@dataclass(frozen=True, slots=True)
class Joined:
    """An experiment's trials.

    Attributes
    ----------
    objectives
        Objectives that rank the trials.
    trials
        All trials, running or over, by sequence number.
    """

    objectives: tuple[Objective, ...]
    trials: tuple[TrialRecord, ...]


def read_trials(directory: Path, *, curves: bool = True) -> Joined:
    """Read all trials from an experiment's directory; see `join`.

    Raises
    ------
    ExperimentError
        If the database cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nni_hpo_ext.study import read_trials
    >>> joined = read_trials(Path("~/nni-experiments/ID").expanduser())  # doctest: +SKIP
    >>> [(t.number, t.end.value) for t in joined.trials]  # doctest: +SKIP
    [(0, 'succeeded'), (1, 'stopped early')]
    """
    return join(ExperimentStore(directory), curves=curves)


def join(source: ExperimentSource, *, curves: bool = True) -> Joined:
    """Join all trials of an experiment, running or over.

    NNI gives parameters to trials in the order in which they ask, so the parameters that its
    database and REST API store with a trial may belong to another trial. The parameter id of each
    metric and the manager's log are correct.

    Parameters
    ----------
    source
        NNI's data on the experiment.
    curves
        Whether to read intermediate results too.

    Raises
    ------
    ExperimentError
        If the source cannot be read.
    """
    joined = _Join(source, source.events(), source.metrics(final_only=not curves))
    trials = sorted((joined.trial(job) for job in joined.jobs), key=lambda t: t.number)
    return Joined(joined.objectives, tuple(trials))


class _Join:
    def __init__(
        self, source: ExperimentSource, events: Sequence[Event], metrics: Sequence[Metric]
    ) -> None:
        self._source = source
        self._log = source.log()
        self.jobs: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            self.jobs[event.job_id].append(event)
        self._configurations = Configurations((e.time, e.data) for e in events)
        self._metrics: dict[str, list[Metric]] = defaultdict(list)
        for metric in metrics:
            self._metrics[metric.job_id].append(metric)
        finals = (metric.value for metric in metrics if metric.final)
        self.objectives, self._declared = objectives(source.config(), finals)
        self._numbers = _distinct_numbers(self.jobs)

    def trial(self, job_id: str) -> TrialRecord:
        events, metrics = self.jobs[job_id], self._metrics[job_id]
        finals = [m for m in metrics if m.final]
        final = self._final(finals[-1].value) if finals else None
        end, reason = self._end(job_id, events, final)
        steps = {m.step: m for m in metrics if not m.final}
        known = self._log.parameter_ids.get(job_id)
        return TrialRecord(
            number=self._numbers[job_id],
            job_id=job_id,
            end=end,
            reason=reason,
            params=self._params(job_id, metrics),
            values=final.numbers if final else {},
            unusable=final.unusable if final else {},
            reports=tuple(self._report(s, m) for s, m in sorted(steps.items())),
            started=next((e.time for e in events if e.name == "RUNNING"), None),
            ended=events[-1].time if end.over else None,
            parameter_id=known or (metrics[-1].parameter_id if metrics else None),
        )

    def _final(self, value: Any) -> FinalReading:
        return read_final(value, self.objectives, self._declared)

    def _report(self, step: int, metric: Metric) -> Report:
        found = read_intermediate(metric.value, [o.name for o in self.objectives])
        return Report(step, metric.time, found.value, found.numbers)

    def _params(self, job_id: str, metrics: Sequence[Metric]) -> Mapping[str, Any] | None:
        if job_id in self._log.parameters:
            return self._log.parameters[job_id]
        if not metrics:
            return None
        last = metrics[-1]
        meant = self._configurations.meant
        return meant(last.parameter_id, last.time) or meant(last.parameter_id)

    def _end(
        self, job_id: str, events: Sequence[Event], final: FinalReading | None
    ) -> tuple[End, str]:
        names = [e.name for e in events]
        status = next((n for n in reversed(names) if n not in _NOT_A_STATUS), "UNKNOWN")
        if status in _ONGOING:
            return _ONGOING[status], ""
        if "USER_TO_CANCEL" in names or job_id in self._log.canceled:
            return End.CANCELED, "canceled by a user"
        if status == "SUCCEEDED":
            return _succeeded(final)
        stopped = _stop_reason(job_id, status, self._log)
        if stopped or (final and final.status is TrialStatus.STOPPED):
            return End.STOPPED, stopped or "stopped"
        return End.FAILED, self._failure(job_id, status)

    def _failure(self, job_id: str, status: str) -> str:
        if status == "USER_CANCELED" and job_id in self._log.orphaned:
            return f"the worker {self._log.orphaned[job_id]} was lost"
        if status == "USER_CANCELED":
            return "killed by a signal (out of memory?)"
        last = self._source.last_words(job_id)
        return f"ended with an error: {last}" if last else "ended with an error"


def _succeeded(final: FinalReading | None) -> tuple[End, str]:
    """Return the end of a trial with exit code 0, and the reason."""
    if final is None:
        return End.FAILED, NO_RESULT
    if final.status is TrialStatus.STOPPED:
        return End.STOPPED, final.problem or "stopped"
    return _ENDS[final.status], final.problem


def _stop_reason(job_id: str, status: str, log: ManagerLog) -> str:
    """Return why NNI stopped a trial; empty if it did not.

    NNI gives USER_CANCELED to every trial that a signal ended, whatever its sender.
    """
    if job_id in log.assessed:
        return "by the assessor"
    if job_id in log.overtime:
        return "maxTrialDuration exceeded"
    if status == "EARLY_STOPPED" or (status == "USER_CANCELED" and not log.readable):
        return "by the assessor"
    return ""


def _distinct_numbers(jobs: Mapping[str, Sequence[Event]]) -> dict[str, int]:
    """Return the number of each trial, -1 if unknown.

    If no trial was running when an experiment stopped, NNI numbers the trials after its resume from
    1 again. They follow on from the highest number here.
    """
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    shift = 0
    # A waiting trial has no time yet over REST.
    for job_id, events in sorted(jobs.items(), key=lambda job: job[1][0].time or math.inf):
        given = next((e.number for e in events if e.number is not None), None)
        if given is None:
            numbers[job_id] = -1
            continue
        if given + shift in taken:
            shift = max(taken) + 1 - given
        numbers[job_id] = given + shift
        taken.add(given + shift)
    return numbers
