"""Trials joined from events, metrics and logs, by NNI's parameter id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from nni_hpo_ext.experiment._logs import ManagerLog
from nni_hpo_ext.experiment._records import End, TrialRecord
from nni_hpo_ext.experiment._store import Event, ExperimentStore, Metric
from nni_hpo_ext.experiment._values import Final, read_final, read_report

__all__ = ["Source", "join", "read_trials"]

_ONGOING = {"WAITING": End.WAITING, "UNKNOWN": End.WAITING, "RUNNING": End.RUNNING}
_NOT_A_STATUS = ("USER_TO_CANCEL", "ADD_HYPERPARAMETER")


class Source(Protocol):
    """What NNI tells of an experiment: its files, or its answers over REST."""

    def config(self) -> dict[str, Any]:
        """Return the config, empty before its start."""

    def times(self) -> tuple[float | None, float | None]:
        """Return start and end in seconds since the epoch, None where there is none yet."""

    def events(self) -> list[Event]:
        """Return what happened to the trials, in order."""

    def metrics(self, *, final_only: bool = False) -> list[Metric]:
        """Return what the trials reported, in order; optionally the final results only."""

    def log(self) -> ManagerLog:
        """Return what the manager's log says."""

    def last_words(self, job_id: str) -> str:
        """Return the last line that a trial wrote to stderr, empty if there is none."""


def read_trials(directory: Path, *, curves: bool = True) -> tuple[TrialRecord, ...]:
    """Read all trials from an experiment's directory; see `join`.

    Raises
    ------
    ExperimentError
        If the database cannot be read.
    """
    return join(ExperimentStore(directory), curves=curves)


def join(source: Source, *, curves: bool = True) -> tuple[TrialRecord, ...]:
    """Join all trials of an experiment, running or over.

    NNI hands parameters to trials first come, first served, so that the parameters which its
    database and REST interface keep with a trial may be another's. The parameter id that comes
    with each metric is right, and so is the manager's log.

    Parameters
    ----------
    source
        What NNI tells.
    curves
        Whether to read intermediate results too.

    Returns
    -------
    tuple of TrialRecord
        By sequence number.

    Raises
    ------
    ExperimentError
        If it cannot be read.
    """
    joined = _Join(source, source.events(), source.metrics(final_only=not curves))
    return tuple(sorted((joined.trial(job) for job in joined.jobs), key=lambda t: t.number))


class _Join:
    def __init__(self, source: Source, events: Sequence[Event], metrics: Sequence[Metric]) -> None:
        self._source = source
        self._log = source.log()
        self.jobs: dict[str, list[Event]] = defaultdict(list)
        self._forms: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            self.jobs[event.job_id].append(event)
            if isinstance(event.data, Mapping) and "parameters" in event.data:
                self._forms[str(event.data.get("parameter_id"))].append(event)
        self._metrics: dict[str, list[Metric]] = defaultdict(list)
        for metric in metrics:
            self._metrics[metric.job_id].append(metric)

    def trial(self, job_id: str) -> TrialRecord:
        events, metrics = self.jobs[job_id], self._metrics[job_id]
        finals = [m for m in metrics if m.final]
        final = read_final(finals[-1].value) if finals else None
        end, reason = self._end(job_id, events, final)
        steps = {m.step: m for m in metrics if not m.final}
        known = self._log.parameter_ids.get(job_id)
        return TrialRecord(
            number=next((e.number for e in events if e.number is not None), -1),
            job_id=job_id,
            end=end,
            reason=reason,
            params=self._params(job_id, metrics),
            values=final.values if final else {},
            unusable=final.unusable if final else {},
            maximize=final.maximize if final else None,
            reports=tuple(read_report(s, m.time, m.value) for s, m in sorted(steps.items())),
            started=next((e.time for e in events if e.name == "RUNNING"), None),
            ended=events[-1].time if end.over else None,
            parameter_id=known or (metrics[-1].parameter_id if metrics else None),
        )

    def _params(self, job_id: str, metrics: Sequence[Metric]) -> Mapping[str, Any] | None:
        if job_id in self._log.parameters:
            return self._log.parameters[job_id]
        if not metrics:
            return None
        forms = self._forms.get(str(metrics[-1].parameter_id), [])
        # After a resume NNI counts from 0 again: of equal ids, the last one before the report.
        earlier = [e for e in forms if e.time <= metrics[-1].time] or forms
        params = earlier[-1].data["parameters"] if earlier else None
        return params if isinstance(params, Mapping) else None

    def _end(self, job_id: str, events: Sequence[Event], final: Final | None) -> tuple[End, str]:
        names = [e.name for e in events]
        status = next((n for n in reversed(names) if n not in _NOT_A_STATUS), "UNKNOWN")
        if status in _ONGOING:
            return _ONGOING[status], ""
        if "USER_TO_CANCEL" in names or job_id in self._log.canceled:
            return End.CANCELED, "canceled by a user"
        if status == "SUCCEEDED":
            return _succeeded(final)
        stopped = _stop_reason(job_id, status, self._log)
        if stopped or (final and final.partial):
            return End.STOPPED, stopped or "stopped"
        return End.FAILED, self._failure(job_id, status)

    def _failure(self, job_id: str, status: str) -> str:
        if status == "USER_CANCELED":
            return "killed by a signal (out of memory?)"
        last = self._source.last_words(job_id)
        return f"ended with an error: {last}" if last else "ended with an error"


def _succeeded(final: Final | None) -> tuple[End, str]:
    """Judge a trial whose exit code was 0."""
    if final is None:
        return End.FAILED, "ended without a final result; call nni.report_final_result"
    return (End.STOPPED, "stopped") if final.partial else (End.SUCCEEDED, "")


def _stop_reason(job_id: str, status: str, log: ManagerLog) -> str:
    """Return why a trial was stopped from outside; empty if it was not.

    NNI gives USER_CANCELED to every trial that a signal ended, whoever sent it.
    """
    if job_id in log.assessed:
        return "by the assessor"
    if job_id in log.overtime:
        return "maxTrialDuration exceeded"
    if status == "EARLY_STOPPED" or (status == "USER_CANCELED" and not log.readable):
        return "by the assessor"
    return ""
