"""The trials of a tuner: suggested, pending and ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nni_hpo_ext.metrics import NO_RESULT, FinalReading, read_final
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._awaited import Awaited, TrialKey
from nni_hpo_ext.types import Forecasts, Objective, Params, Suggestion, Trial, TrialStatus

__all__ = ["History", "TrialKey", "loose_text"]

_UNREPORTED = object()

# NNI loses suggestions: those that wait when it is killed, and the last ones when a trial dies
# before it starts. A suggestion is lost after this many later ends per pending trial.
_ROUNDS = 10
_MIN_OVERTAKEN = 50


@dataclass
class _Record:
    params: Params
    key: str | None  # of the configuration, None if it is outside the search space
    suggestion: Suggestion | None  # None if the tuner did not suggest it
    ended_before: int  # suggested trials that had ended when it was suggested
    order: int  # number of earlier suggestions
    report: Any = _UNREPORTED  # the last final report, of any type
    reports: int = 0
    number: int | None = None  # order of ending, None while it runs
    forecasts: Forecasts = field(default_factory=dict)  # of a stopped trial


class History:
    """Trials by run and NNI's id.

    NNI may confuse the ids of trials that end and may report late or twice, so every trial is
    kept: one that failed, or whose result is missing, counts as failed until a result arrives. One
    that succeeded counts as running until its result arrives. Configurations outside the search
    space are kept in case it changes, but not returned.
    """

    def __init__(self) -> None:
        self._space: SearchSpace | None = None
        self._records: dict[TrialKey, _Record] = {}
        self._pending: dict[TrialKey, _Record] = {}
        self._suggested: dict[str, TrialKey] = {}
        self._tried: set[str] = set()
        self._awaited = Awaited()
        self._ended = 0
        self._ended_suggestions = 0
        # The trials as last read, and those that ended since, so that a suggestion does not read
        # all trials again.
        self._read: list[Trial] = []
        self._read_as: tuple[tuple[Objective, ...], bool] | None = None
        self._unread: list[_Record] = []

    def use(self, space: SearchSpace | None) -> None:
        """Set the search space, None while there is no valid one."""
        self._space = space
        self._tried = set()
        self._read_as = None
        for record in self._records.values():
            record.key = self._key(record.params)
            self._try(record)

    def _key(self, params: Params) -> str | None:
        fits = self._space is not None and params in self._space
        return SearchSpace.key(params) if fits else None

    def _try(self, record: _Record) -> None:
        if record.key is not None:
            self._tried.add(record.key)

    def _add(self, key: TrialKey, params: Params, suggestion: Suggestion | None) -> _Record:
        before, order = self._ended_suggestions, len(self._suggested)
        record = _Record(params, self._key(params), suggestion, before, order)
        self._records[key] = self._pending[key] = record
        self._try(record)
        return record

    def suggested(self, key: TrialKey, suggestion: Suggestion) -> None:
        """Record a suggestion."""
        if key in self._records:  # a reused id
            self._read_as = None
        self._add(key, suggestion.params, suggestion)
        self._suggested[loose_text(suggestion.params)] = key

    def suggestion_of(self, params: Params) -> TrialKey | None:
        """Return the key of the suggestion with this configuration, None if there is none."""
        return self._suggested.get(loose_text(params))

    def knows(self, key: TrialKey) -> bool:
        """Return whether a trial is recorded."""
        return key in self._records

    def reported(
        self, key: TrialKey, params: Params, report: Any, forecasts: Forecasts | None = None
    ) -> bool:
        """Record a final report; a second one replaces the first.

        Parameters
        ----------
        key, params
            The trial and its configuration.
        report
            The report.
        forecasts
            For a stopped trial: the final values that are predicted for it.

        Returns
        -------
        bool
            Whether the configuration lies in the search space.
        """
        record = self._records.get(key) or self._add(key, params, None)
        record.report = report
        record.forecasts = forecasts or {}
        record.reports += 1
        if record.number is not None:
            self._read_as = None
        self._end(key, record)
        if record.suggestion is not None:
            self._awaited.overtaken(record.order, reported=True)
        return record.key is not None

    def params(self, key: TrialKey) -> Params:
        """Return a trial's configuration."""
        return self._records[key].params

    def reports(self) -> Iterator[tuple[TrialKey, Params, Any]]:
        """Yield the last report of each trial that has reported."""
        for key, record in self._records.items():
            if record.reports:
                yield key, record.params, record.report

    def n_reports(self, key: TrialKey) -> int:
        """Return the number of reports of a trial."""
        return self._records[key].reports if key in self._records else 0

    def finished(self, key: TrialKey) -> None:
        """Record the success of a trial, whose result is awaited."""
        record = self._pending.get(key)
        if record is not None and key not in self._awaited:
            self._awaited.overtaken(record.order, reported=False)
            self._awaited.add(key, len(self._suggested))

    def ended(self, key: TrialKey) -> None:
        """Record that a trial failed or that its result is missing."""
        record = self._records.get(key)
        if record is not None and record.number is None:
            self._end(key, record)
            self._awaited.overtaken(record.order, reported=False)

    def _end(self, key: TrialKey, record: _Record) -> None:
        if record.number is None:
            record.number = self._ended
            self._ended += 1
            self._ended_suggestions += record.suggestion is not None
            self._unread.append(record)
            self._pending.pop(key, None)
            self._awaited.drop(key)

    def abandoned(self, key: TrialKey) -> None:
        """Drop a suggestion that will not run from the pending ones; it is not repeated."""
        self._pending.pop(key, None)
        self._awaited.drop(key)

    def awaited(self) -> list[TrialKey]:
        """Return the successful trials whose results have not arrived yet."""
        return self._awaited.keys()

    def missing(self) -> list[TrialKey]:
        """Return the awaited trials whose results are overdue."""
        return self._awaited.missing(len(self._pending) - len(self._awaited))

    def waiting(self) -> dict[TrialKey, Params]:
        """Return the suggestions without a result or a failure."""
        return {key: record.params for key, record in self._pending.items()}

    def pending(self) -> list[Params]:
        """Return the configurations that are probably running."""
        limit = max(_MIN_OVERTAKEN, _ROUNDS * len(self._pending))
        return [
            r.params
            for r in self._pending.values()
            if r.key is not None and self._ended_suggestions - r.ended_before <= limit
        ]

    def tried(self) -> Collection[str]:
        """Return the keys of all configurations that were suggested or tried."""
        return self._tried

    def trials(self, objectives: Sequence[Objective], declared: bool) -> Sequence[Trial]:
        """Return the finished trials, in the order in which they ended."""
        wanted = tuple(objectives), declared
        if self._read_as != wanted:
            self._read, self._read_as = [], wanted
            ended = [r for r in self._records.values() if r.number is not None]
            self._unread = sorted(ended, key=lambda r: r.number or 0)
        for record in self._unread:
            if record.key is not None and record.number is not None:
                reading = self.reading(record.report, objectives, declared)
                trial = Trial(
                    record.number,
                    record.params,
                    reading.status,
                    reading.values,
                    record.suggestion,
                    record.forecasts if reading.status is TrialStatus.STOPPED else {},
                )
                self._read.append(trial)
        self._unread = []
        return self._read

    @staticmethod
    def reading(report: Any, objectives: Sequence[Objective], declared: bool) -> FinalReading:
        """Read a report, or its absence."""
        if report is _UNREPORTED:
            return FinalReading(TrialStatus.FAILED, problem=NO_RESULT)
        return read_final(report, objectives, declared)


def loose_text(value: Any) -> str:
    """Return JSON that is equal for values that NNI does not distinguish, such as 1 and 1.0."""
    return json.dumps(_as_floats(value), sort_keys=True, default=repr)


def _as_floats(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _as_floats(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_floats(v) for v in value]
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 1000
    return float(value) if is_number else value
