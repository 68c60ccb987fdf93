"""Trials that have run, ready to be replayed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.stopping import RecordedTrial
from nni_hpo_ext.types import Objective

__all__ = ["Recording"]


@dataclass(frozen=True)
class Recording:
    """The trials of an experiment, or of a table of curves.

    Attributes
    ----------
    name
        What it is, for titles.
    objective
        What the curves show, and which direction is good.
    trials
        In the order in which they were started.
    finals
        The final value of each trial that succeeded with one, by its name; finite.
    timed
        Whether times are real seconds; else one step counts as one second.
    workers
        How many trials ran at a time; None where each has a start of its own.
    objectives
        All objectives, the one of the curves first; empty stands for that one alone.
    front
        Names of the trials that no other dominates by their final values; empty with one
        objective.
    """

    name: str
    objective: Objective
    trials: tuple[RecordedTrial, ...]
    finals: Mapping[str, float]
    timed: bool
    workers: int | None = None
    objectives: tuple[Objective, ...] = ()
    front: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not any(t.values for t in self.trials):
            raise DataError(
                f"{self.name}: no trial has intermediate results, which is what a rule judges by; "
                "report them with nni.report_intermediate_result"
            )

    @classmethod
    def of_curves(
        cls, name: str, curves: Sequence[Sequence[float]], objective: Objective, workers: int
    ) -> Recording:
        """Return a recording of complete curves; their last values are the final ones."""
        trials = tuple(
            RecordedTrial(str(i), tuple(c), tuple(float(s) for s in range(1, len(c) + 1)), len(c))
            for i, c in enumerate(curves)
        )
        finals = {t.name: t.values[-1] for t in trials if t.values and math.isfinite(t.values[-1])}
        return cls(name, objective, trials, finals, timed=False, workers=workers)

    @cached_property
    def ranking(self) -> tuple[str, ...]:
        """Names of the trials that have a final value, the best first."""
        return tuple(sorted(self.finals, key=lambda n: self.objective.sign * self.finals[n]))

    @property
    def steps(self) -> int:
        """Number of all values reported."""
        return sum(len(t.values) for t in self.trials)

    @property
    def seconds(self) -> float:
        """Time that the trials took, one after the other."""
        return sum(t.seconds for t in self.trials)
