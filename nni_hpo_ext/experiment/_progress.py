"""How far a running experiment has come: a live line on a terminal, else one line a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from nni_hpo_ext.experiment._records import TrialRecord
from nni_hpo_ext.experiment._study import best
from nni_hpo_ext.experiment._text import counts, duration, scores, seconds_of
from nni_hpo_ext.types import Objective

__all__ = ["Progress", "describe"]


def describe(
    config: Mapping[str, Any],
    trials: Sequence[TrialRecord],
    goals: Sequence[Objective],
    elapsed: float,
) -> str:
    """Return the state of an experiment on one line.

    Parameters
    ----------
    config
        The experiment's config: its budget.
    trials
        All trials so far.
    goals
        Objectives; the first one ranks.
    elapsed
        Seconds since the start.
    """
    over = [t for t in trials if t.end.over]
    limit = config.get("maxTrialNumber")
    parts = [f"{len(over)} of {limit} trials done" if limit else f"{len(over)} trials done"]
    if over:
        parts[0] += f" ({counts(over)})"
    if len(over) < len(trials):
        parts.append(counts([t for t in trials if not t.end.over]))
    top = best(trials, goals)
    if top is not None:
        parts.append(f"best {scores(top, goals)} (trial {top.number})")
    left = _time_left(config, len(over), elapsed)
    if left is not None:
        parts.append(f"about {duration(left)} left")
    return "; ".join(parts)


def _time_left(config: Mapping[str, Any], over: int, elapsed: float) -> float | None:
    """Return the sooner of the time limit and the end at the present pace."""
    ends = []
    limit = seconds_of(config.get("maxExperimentDuration"))
    if limit is not None:
        ends.append(limit - elapsed)
    total = config.get("maxTrialNumber")
    if total and over:
        ends.append(elapsed / over * (total - over))
    return max(min(ends), 0.0) if ends else None


class Progress:
    """Shows the state of a run, as a context manager.

    Parameters
    ----------
    console
        Where to show it.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, transient=True) if console.is_terminal else None
        self._last = ""

    def __enter__(self) -> Progress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, state: str, elapsed: float) -> None:
        """Show a state; on a plain output only if more than the time left has changed."""
        line = f"[{duration(elapsed)}] {state}"
        if self._live is not None:
            self._live.update(Text(line))
            return
        changed = "; ".join(p for p in state.split("; ") if not p.endswith(" left"))
        if changed != self._last:
            self._console.print(line, soft_wrap=True)
            self._last = changed

    def note(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(text, soft_wrap=True)
