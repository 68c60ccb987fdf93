"""Format trials as short text, and parse limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from nni_hpo_ext.render.text import parameters, printable
from nni_hpo_ext.study._records import End, TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["STYLES", "coloured", "counts", "scores", "seconds_of"]

STYLES = {
    End.SUCCEEDED: "green",
    End.STOPPED: "yellow",
    End.FAILED: "red",
    End.CANCELED: "yellow",
    End.INTERRUPTED: "yellow",
}
"""Colours of trials on a terminal, by their end."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def scores(trial: TrialRecord, goals: Sequence[Objective]) -> str:
    """Return a trial's objective values on one line.

    Examples
    --------
    >>> from nni_hpo_ext.study import scores
    >>> trial = TrialRecord(0, "job0", End.SUCCEEDED, values={"default": 0.9})
    >>> scores(trial, [Objective("default", "maximize")])
    'default=0.9'
    """
    return parameters(trial.values, [g.name for g in goals])


def counts(trials: Sequence[TrialRecord]) -> str:
    """Return the number of trials with each end.

    Examples
    --------
    >>> from nni_hpo_ext.study import counts
    >>> ends = [End.SUCCEEDED, End.SUCCEEDED, End.FAILED]
    >>> counts([TrialRecord(i, f"job{i}", end) for i, end in enumerate(ends)])
    '2 succeeded, 1 failed'
    """
    numbers = {end: sum(t.end is end for t in trials) for end in End}
    return ", ".join(f"{n} {end.value}" for end, n in numbers.items() if n)


def coloured(text: str) -> Text:
    """Return a line with the numbers of trials from `counts` in colour.

    Examples
    --------
    >>> from nni_hpo_ext.study import coloured
    >>> line = coloured("Trials: 3 (2 succeeded, 1 failed)")
    >>> [(line.plain[s.start : s.end], s.style) for s in line.spans]
    [('2 succeeded', 'green'), ('1 failed', 'red')]
    """
    line = Text(printable(text))
    for end, style in STYLES.items():
        line.highlight_regex(rf"\d+ {end.value}", style)
    return line


def seconds_of(limit: Any) -> float | None:
    """Return a limit in NNI's form (``30s``, ``10m``, ``1h``, ``1d``, a number) in seconds.

    Examples
    --------
    >>> from nni_hpo_ext.study import seconds_of
    >>> seconds_of("10m"), seconds_of(30), seconds_of(None)  # None is no limit
    (600.0, 30.0, None)
    """
    if limit is None:
        return None
    text = str(limit).strip().lower()
    factor = _UNITS.get(text[-1:], 1)
    return float(text.rstrip("smhd")) * factor
