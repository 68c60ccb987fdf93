"""Show the progress of an experiment: live on a terminal, else one line per change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from nni_hpo_ext.render.text import duration, printable
from nni_hpo_ext.study import TrialRecord, best, counts, scores, seconds_of
from nni_hpo_ext.types import Objective

__all__ = ["Progress", "describe", "done", "time_left"]


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
        The experiment's config, for its budget.
    trials
        All trials so far.
    goals
        Objectives; the first one ranks.
    elapsed
        Seconds since the start.
    """
    parts = [done(config, trials)]
    top = best(trials, goals)
    if top is not None:
        parts.append(f"best {scores(top, goals)} (trial {top.number})")
    left = time_left(config, trials, elapsed)
    if left is not None:
        parts.append(f"about {duration(left)} left")
    return "; ".join(parts)


def done(config: Mapping[str, Any], trials: Sequence[TrialRecord]) -> str:
    """Return the numbers of trials per state."""
    over = [t for t in trials if t.end.over]
    limit = config.get("maxTrialNumber")
    text = f"{len(over)} of {limit} trials done" if limit else f"{len(over)} trials done"
    if over:
        text += f" ({counts(over)})"
    if len(over) < len(trials):
        text += f"; {counts([t for t in trials if not t.end.over])}"
    return text


def time_left(
    config: Mapping[str, Any], trials: Sequence[TrialRecord], elapsed: float
) -> float | None:
    """Return the seconds to the time limit or to the end at the current pace; None if unknown.

    Parameters
    ----------
    config
        The experiment's config, for its budget.
    trials
        All trials so far.
    elapsed
        Seconds since the start.

    Examples
    --------
    >>> time_left({"maxExperimentDuration": "5m"}, [], 60.0)
    240.0
    """
    ends, over = [], sum(t.end.over for t in trials)
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

    def show(self, state: str, elapsed: float, frame: RenderableType | None = None) -> None:
        """Show a state; without a terminal, only if more than the time left has changed.

        Parameters
        ----------
        state
            What `describe` returns.
        elapsed
            Seconds since the start.
        frame
            Shown on a terminal instead of the line.
        """
        line = printable(f"[{duration(elapsed)}] {state}")
        if self._live is not None:
            self._live.update(Text(line) if frame is None else frame)
            return
        changed = "; ".join(p for p in state.split("; ") if not p.endswith(" left"))
        if changed != self._last:
            self._console.print(line, soft_wrap=True)
            self._last = changed

    def note(self, text: str) -> None:
        """Print a permanent line."""
        self._console.print(printable(text), soft_wrap=True)
