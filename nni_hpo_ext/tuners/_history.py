"""What a tuner knows of its trials: suggested, pending, ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._metrics import Outcome, read_report
from nni_hpo_ext.types import Objective, Params, Trial, TrialStatus

__all__ = ["History"]

_UNREPORTED = object()


@dataclass
class _Record:
    params: Params
    key: str | None  # of the configuration, None if it does not lie in the search space
    report: Any = _UNREPORTED  # the last final report, whatever it is
    number: int | None = None  # order of ending, None while it runs


class History:
    """Trials by the key under which NNI speaks of them.

    NNI may confuse the ids of trials that end and may report late or twice, so nothing is ever
    forgotten: an end without a result counts as a failure until a result arrives after all.
    Configurations outside the search space are kept too, in case it changes, but not returned.
    """

    def __init__(self) -> None:
        self._space: SearchSpace | None = None
        self._records: dict[object, _Record] = {}
        self._pending: dict[object, _Record] = {}
        self._tried: set[str] = set()
        self._ended = 0
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

    def _add(self, key: object, params: Params) -> _Record:
        record = self._records[key] = self._pending[key] = _Record(params, self._key(params))
        self._try(record)
        return record

    def suggested(self, key: object, params: Params) -> None:
        """Note that a configuration was handed out."""
        if key in self._records:  # NNI counts from 0 again
            self._read_as = None
        self._add(key, params)

    def reported(self, key: object, params: Params, report: Any) -> bool:
        """Note a final report; a second one replaces the first.

        Returns
        -------
        bool
            Whether the configuration lies in the search space.
        """
        record = self._records.get(key) or self._add(key, params)
        record.report = report
        if record.number is not None:
            self._read_as = None
        self._end(key, record)
        return record.key is not None

    def ended(self, key: object) -> bool:
        """Note an end; return whether it is news that the trial failed to report."""
        record = self._records.get(key)
        if record is None or record.number is not None:
            return False
        self._end(key, record)
        return True

    def _end(self, key: object, record: _Record) -> None:
        if record.number is None:
            record.number = self._ended
            self._ended += 1
            self._unread.append(record)
            del self._pending[key]

    def pending(self) -> list[Params]:
        """Return the configurations that are being tried."""
        return [r.params for r in self._pending.values() if r.key is not None]

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
                outcome = self.outcome(record.report, objectives, declared)
                self._read.append(
                    Trial(record.number, record.params, outcome.status, outcome.values)
                )
        self._unread = []
        return self._read

    @staticmethod
    def outcome(report: Any, objectives: Sequence[Objective], declared: bool) -> Outcome:
        """Read a report, or its absence."""
        if report is _UNREPORTED:
            return Outcome(TrialStatus.FAILED, problem="ended without a final result")
        return read_report(report, objectives, declared)
