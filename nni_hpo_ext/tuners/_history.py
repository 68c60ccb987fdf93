"""What a tuner knows of its trials: suggested, pending, ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.metrics import NO_RESULT, FinalReading, read_final
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._awaited import Awaited, TrialKey
from nni_hpo_ext.types import Objective, Params, Suggestion, Trial, TrialStatus

__all__ = ["History", "TrialKey", "loose_text"]

_UNREPORTED = object()

# NNI loses suggestions: those that wait when it is killed, and the last ones when a trial dies
# before it asks. One that so many ends of others per pending trial have overtaken is lost too.
_ROUNDS = 10
_MIN_OVERTAKEN = 50


@dataclass
class _Record:
    params: Params
    key: str | None  # of the configuration, None if it does not lie in the search space
    suggestion: Suggestion | None  # None if somebody else made it
    ended_before: int  # how many suggested trials had ended when it was handed out
    order: int  # how many suggestions were handed out before it
    report: Any = _UNREPORTED  # the last final report, whatever it is
    reports: int = 0
    number: int | None = None  # order of ending, None while it runs


class History:
    """Trials by the key under which NNI speaks of them.

    NNI may confuse the ids of trials that end and may report late or twice, so nothing is ever
    forgotten: a trial that failed, or whose result is missing, counts as a failure until a result
    arrives after all. One that ended well counts as running until its result is there.
    Configurations outside the search space are kept too, in case it changes, but not returned.
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
        # The trials as last read, and those that ended since; so that a suggestion after very many
        # trials does not read them all again.
        self._read: list[Trial] = []
        self._read_as: tuple[tuple[Objective, ...], bool] | None = None
        self._unread: list[_Record] = []

    def use(self, space: SearchSpace | None) -> None:
        """Take another search space, None while there is none."""
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
        """Note that a configuration was handed out."""
        if key in self._records:  # an id used again
            self._read_as = None
        self._add(key, suggestion.params, suggestion)
        self._suggested[loose_text(suggestion.params)] = key

    def suggestion_of(self, params: Params) -> TrialKey | None:
        """Return the key of the suggestion with this configuration, None if there was none."""
        return self._suggested.get(loose_text(params))

    def knows(self, key: TrialKey) -> bool:
        """Whether anything was heard of a trial."""
        return key in self._records

    def reported(self, key: TrialKey, params: Params, report: Any) -> bool:
        """Note a final report; a second one replaces the first.

        Returns
        -------
        bool
            Whether the configuration lies in the search space.
        """
        record = self._records.get(key) or self._add(key, params, None)
        record.report = report
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
        """Return the last report of each trial that made one."""
        for key, record in self._records.items():
            if record.reports:
                yield key, record.params, record.report

    def n_reports(self, key: TrialKey) -> int:
        """Return how often a trial has reported."""
        return self._records[key].reports if key in self._records else 0

    def finished(self, key: TrialKey) -> None:
        """Note that a trial ended well, so that its result is on its way."""
        record = self._pending.get(key)
        if record is not None and key not in self._awaited:
            self._awaited.overtaken(record.order, reported=False)
            self._awaited.add(key, len(self._suggested))

    def ended(self, key: TrialKey) -> None:
        """Note that a trial failed, or that its result is missing."""
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
        """Note that a suggestion will not be run; it is not made again, but no longer pending."""
        self._pending.pop(key, None)
        self._awaited.drop(key)

    def awaited(self) -> list[TrialKey]:
        """Return the trials that ended well, and whose results have not come yet."""
        return self._awaited.keys()

    def missing(self) -> list[TrialKey]:
        """Return those of them whose results would be there by now."""
        return self._awaited.missing(len(self._pending) - len(self._awaited))

    def waiting(self) -> dict[TrialKey, Params]:
        """Return the suggestions of which no result and no failure was heard."""
        return {key: record.params for key, record in self._pending.items()}

    def pending(self) -> list[Params]:
        """Return the configurations that are being tried, as far as can be known."""
        limit = max(_MIN_OVERTAKEN, _ROUNDS * len(self._pending))
        return [
            r.params
            for r in self._pending.values()
            if r.key is not None and self._ended_suggestions - r.ended_before <= limit
        ]

    def tried(self) -> Collection[str]:
        """Return the keys of all configurations that were ever suggested or tried."""
        return self._tried

    def trials(self, objectives: Sequence[Objective], declared: bool) -> Sequence[Trial]:
        """Return the trials that have ended, in order of their ends."""
        wanted = tuple(objectives), declared
        if self._read_as != wanted:
            self._read, self._read_as = [], wanted
            ended = [r for r in self._records.values() if r.number is not None]
            self._unread = sorted(ended, key=lambda r: r.number or 0)
        for record in self._unread:
            if record.key is not None and record.number is not None:
                reading = self.reading(record.report, objectives, declared)
                trial = Trial(
                    record.number, record.params, reading.status, reading.values, record.suggestion
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
    """Return a text equal for what NNI's manager, to which 1.0 is 1, may make of the same."""
    return json.dumps(_as_floats(value), sort_keys=True, default=repr)


def _as_floats(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _as_floats(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_floats(v) for v in value]
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 1000
    return float(value) if is_number else value
