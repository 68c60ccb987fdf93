"""Trials that all fail alike: said at once, and not paid for with the whole budget."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from nni_hpo_ext.experiment._verdict import Kind, Outcome
from nni_hpo_ext.study import End, TrialRecord

__all__ = ["Failures"]

# Numbers, addresses and quoted names differ between trials that fail for one reason.
_VARYING = re.compile(r"0x[0-9a-f]+|[-+]?\d+(\.\d+)?(e[-+]?\d+)?|'[^']*'|\"[^\"]*\"", re.IGNORECASE)


class Failures:
    """Watches the first trials of an experiment fail.

    Parameters
    ----------
    limit
        Number of trials that fail with the same error, before any has succeeded, after which the
        experiment ends; 0 for no limit.
    note
        Prints a line.
    """

    def __init__(self, limit: int, note: Callable[[str], None]) -> None:
        self._limit = limit
        self._note = note
        self._is_told = False

    def judge(self, trials: Sequence[TrialRecord]) -> Outcome | None:
        """Return why the experiment ends, None while it goes on."""
        failed = [t for t in trials if t.end is End.FAILED]
        if failed and not self._is_told:
            self._is_told = True
            self._note(f"Trial {failed[0].number} failed: {failed[0].reason}")
        over = [t for t in trials if t.end.over]
        if not self._limit or len(failed) < self._limit or len(over) > len(failed):
            return None
        first = failed[: self._limit]
        if len({_VARYING.sub("", t.reason) for t in first}) > 1:
            return None
        count = "trial" if self._limit == 1 else f"{self._limit} trials"
        return Outcome(
            Kind.FAILING,
            f"the first {count} failed with the same error; mend the trial (nni-hpo check --trial "
            "CONFIG runs a single one), or go on regardless with --max-failures 0",
        )
