"""What a tuner knows of its trials: suggested, pending, ended."""

from __future__ import annotations

from collections.abc import Sequence
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
        self._ended = 0

    def use(self, space: SearchSpace | None) -> None:
        """Take another search space, None while there is none."""
        self._space = space
        for record in self._records.values():
            record.key = self._key(record.params)

    def _key(self, params: Params) -> str | None:
        fits = self._space is not None and params in self._space
        return SearchSpace.key(params) if fits else None

    def suggested(self, key: object, params: Params) -> None:
        """Note that a configuration was handed out."""
        self._records[key] = _Record(params, self._key(params))

    def reported(self, key: object, params: Params, report: Any) -> bool:
        """Note a final report; a second one replaces the first.

        Returns
        -------
        bool
            Whether the configuration lies in the search space.
        """
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record(params, self._key(params))
        record.report = report
        self._end(record)
        return record.key is not None

    def ended(self, key: object) -> bool:
        """Note an end; return whether it is news that the trial failed to report."""
        record = self._records.get(key)
        if record is None or record.number is not None:
            return False
        self._end(record)
        return True

    def _end(self, record: _Record) -> None:
        if record.number is None:
            record.number = self._ended
            self._ended += 1

    def pending(self) -> list[Params]:
        """Return the configurations that are being tried."""
        return [r.params for r in self._records.values() if r.key is not None and r.number is None]

    def tried(self) -> set[str]:
        """Return the keys of all configurations that were ever suggested or tried."""
        return {r.key for r in self._records.values() if r.key is not None}

    def trials(self, objectives: Sequence[Objective], declared: bool) -> list[Trial]:
        """Return the trials that have ended, in order of their ends."""
        ended = [
            (r.number, r)
            for r in self._records.values()
            if r.key is not None and r.number is not None
        ]
        trials = []
        for number, record in sorted(ended, key=lambda pair: pair[0]):
            outcome = self.outcome(record.report, objectives, declared)
            trials.append(Trial(number, record.params, outcome.status, outcome.values))
        return trials

    @staticmethod
    def outcome(report: Any, objectives: Sequence[Objective], declared: bool) -> Outcome:
        """Read a report, or its absence."""
        if report is _UNREPORTED:
            return Outcome(TrialStatus.FAILED, problem="ended without a final result")
        return read_report(report, objectives, declared)
