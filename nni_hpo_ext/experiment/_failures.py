"""End an experiment early if its first trials all fail with the same error."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from nni_hpo_ext.experiment._verdict import Kind, Outcome
from nni_hpo_ext.study import End, TrialRecord

__all__ = ["Failures"]

# Numbers, addresses and quoted names differ between trials that fail for the same reason.
_VARYING = re.compile(r"0x[0-9a-f]+|[-+]?\d+(\.\d+)?(e[-+]?\d+)?|'[^']*'|\"[^\"]*\"", re.IGNORECASE)


class Failures:
    """Reports the first failed trial, and ends an experiment whose first trials all fail alike.

    Parameters
    ----------
    limit
        The experiment ends after this many trials fail with the same error before any succeeds;
        0 for no limit.
    note
        Prints a line.
    """

    def __init__(self, limit: int, note: Callable[[str], None]) -> None:
        self._limit = limit
        self._note = note
        self._reported = False

    def judge(self, trials: Sequence[TrialRecord]) -> Outcome | None:
        """Return why the experiment ends, None while it continues."""
        failed = [t for t in trials if t.end is End.FAILED]
        if failed and not self._reported:
            self._reported = True
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
            f"the first {count} failed with the same error; fix the trial (nni-hpo check --trial "
            "CONFIG runs a single one), or continue anyway with --max-failures 0",
        )
