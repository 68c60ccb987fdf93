"""Trials joined from events, metrics and logs, by NNI's parameter id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nni_hpo_ext.experiment._logs import ManagerLog, read_manager_log, trial_stderr
from nni_hpo_ext.experiment._records import End, TrialRecord
from nni_hpo_ext.experiment._store import Event, ExperimentStore, Metric
from nni_hpo_ext.experiment._values import Final, read_final, read_step

__all__ = ["read_trials"]

_ONGOING = {"WAITING": End.WAITING, "UNKNOWN": End.WAITING, "RUNNING": End.RUNNING}
_NOT_A_STATUS = ("USER_TO_CANCEL", "ADD_HYPERPARAMETER")


def read_trials(directory: Path, *, curves: bool = True) -> tuple[TrialRecord, ...]:
    """Read all trials of an experiment, running or over.

    NNI hands parameters to trials first come, first served, so that the parameters which its
    database and REST interface keep with a trial may be another's. The parameter id that comes
    with each metric is right, and so is the manager's log.

    Parameters
    ----------
    directory
        The experiment's directory.
    curves
        Whether to read intermediate results too.

    Returns
    -------
    tuple of TrialRecord
        By sequence number.

    Raises
    ------
    ExperimentError
        If the database cannot be read.
    """
    store = ExperimentStore(directory)
    events, metrics = store.events(), store.metrics(final_only=not curves)
    join = _Join(directory, events, metrics)
    return tuple(sorted((join.trial(job) for job in join.jobs), key=lambda t: t.number))


class _Join:
    def __init__(self, directory: Path, events: Sequence[Event], metrics: Sequence[Metric]) -> None:
        self._directory = directory
        self._log = read_manager_log(directory)
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
        steps = {m.step: read_step(m.value) for m in metrics if not m.final}
        return TrialRecord(
            number=next((e.number for e in events if e.number is not None), -1),
            job_id=job_id,
            end=end,
            reason=reason,
            params=self._params(job_id, metrics),
            values=final.values if final else {},
            unusable=final.unusable if final else {},
            maximize=final.maximize if final else None,
            curve=tuple(sorted(steps.items())),
            started=next((e.time for e in events if e.name == "RUNNING"), None),
            ended=events[-1].time if end.over else None,
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
        if "USER_TO_CANCEL" in names:
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
        last = trial_stderr(self._directory, job_id, lines=1).strip()
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
