"""What a tuner knows of its trials: suggested, pending, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners._metrics import Outcome, read_report
from nni_hpo_ext.types import Objective, Params, Trial, TrialStatus

__all__ = ["History"]

_UNREPORTED = object()


@dataclass
class _Record:
    params: Params
    report: Any = _UNREPORTED  # the last final report, whatever it is
    ended: bool = False
    number: int | None = None  # order of ending


@dataclass
class History:
    """Trials by the key under which NNI speaks of them.

    NNI may confuse the ids of trials that end and may report late or twice, so nothing is ever
    forgotten: an end without a result counts as a failure until a result arrives after all.
    """

    _records: dict[object, _Record] = field(default_factory=dict)
    _ended: int = 0

    def suggested(self, key: object, params: Params) -> None:
        """Note that a configuration was handed out."""
        self._records[key] = _Record(params)

    def reported(self, key: object, params: Params, report: Any) -> None:
        """Note a final report; a second one replaces the first."""
        record = self._records.setdefault(key, _Record(params))
        record.report = report
        self._end(record)

    def ended(self, key: object) -> bool:
        """Note an end; return whether it is news that the trial failed to report."""
        record = self._records.get(key)
        if record is None or record.ended:
            return False
        self._end(record)
        return True

    def _end(self, record: _Record) -> None:
        if record.number is None:
            record.number = self._ended
            self._ended += 1
        record.ended = True

    def pending(self, space: SearchSpace) -> list[Params]:
        """Return the configurations that are being tried and lie in ``space``."""
        return [r.params for r in self._records.values() if not r.ended and r.params in space]

    def tried(self, space: SearchSpace) -> set[str]:
        """Return the keys of all configurations of ``space`` that were ever suggested or tried."""
        return {space.key(r.params) for r in self._records.values() if r.params in space}

    def trials(
        self, space: SearchSpace, objectives: Sequence[Objective], declared: bool
    ) -> list[Trial]:
        """Return the trials that have ended and lie in ``space``, in order of their ends."""
        ended = [r for r in self._records.values() if r.number is not None and r.params in space]
        trials = []
        for record in sorted(ended, key=lambda r: r.number or 0):
            outcome = self.outcome(record.report, objectives, declared)
            trials.append(Trial(record.number or 0, record.params, outcome.status, outcome.values))
        return trials

    @staticmethod
    def outcome(report: Any, objectives: Sequence[Objective], declared: bool) -> Outcome:
        """Read a report, or its absence."""
        if report is _UNREPORTED:
            return Outcome(TrialStatus.FAILED, problem="ended without a final result")
        return read_report(report, objectives, declared)
