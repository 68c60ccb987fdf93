"""Show the progress of an optimisation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from nni_hpo_ext.study import End, TrialRecord, best, scores
from nni_hpo_ext.types import Objective

__all__ = ["ProgressBar"]


class ProgressBar:
    """A bar of ended trials with the best one so far; use it as a context.

    Parameters
    ----------
    objectives
        The objectives.
    most
        Number of trials.
    shown
        Whether to show it.
    """

    def __init__(self, objectives: Sequence[Objective], most: int, *, shown: bool) -> None:
        self._objectives = objectives
        self._best: TrialRecord | None = None
        self._ends: Counter[End] = Counter()
        self._bar = Progress(
            TextColumn("trials"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            disable=not shown,
        )
        self._task = self._bar.add_task("", total=most)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def add(self, trial: TrialRecord) -> None:
        """Count a trial that has ended."""
        self._ends[trial.end] += 1
        self._best = best(filter(None, [self._best, trial]), self._objectives)
        self._bar.update(self._task, advance=1, description=self._text())

    def _text(self) -> str:
        parts = [] if self._best is None else [f"best {scores(self._best, self._objectives)}"]
        parts += [f"{self._ends[e]} {e.value}" for e in (End.STOPPED, End.FAILED) if self._ends[e]]
        return escape(", ".join(parts))
