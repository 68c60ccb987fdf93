"""Recorded trials, ready to be replayed."""

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
    """The trials of an experiment, or of a table of learning curves.

    Attributes
    ----------
    name
        Name, for titles.
    objective
        Name and direction of the values of the curves.
    trials
        The trials, in the order of their start.
    finals
        Finite final values of successful trials, by name of the trial.
    timed
        Whether times are in seconds; otherwise a step counts as one second.
    workers
        Number of parallel trials; None if each trial has a recorded start.
    objectives
        All objectives, that of the curves first; empty for that one alone.
    front
        Names of the trials on the Pareto front by final values; empty with one objective.

    Examples
    --------
    >>> from nni_hpo_ext.audit import Recording
    >>> from nni_hpo_ext.types import Objective
    >>> curves = [[0.1, 0.5, 0.9], [0.1, 0.2, 0.3]]
    >>> goal = Objective("accuracy", "maximize")
    >>> Recording.of_curves("toy", curves, goal, workers=1).ranking
    ('0', '1')
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
                f"{self.name}: no trial has intermediate results, which stopping rules require; "
                "report them with nni.report_intermediate_result"
            )

    @classmethod
    def of_curves(
        cls, name: str, curves: Sequence[Sequence[float]], objective: Objective, workers: int
    ) -> Recording:
        """Return a recording of complete curves; the last value of each is its final value."""
        trials = tuple(
            RecordedTrial(str(i), tuple(c), tuple(float(s) for s in range(1, len(c) + 1)), len(c))
            for i, c in enumerate(curves)
        )
        finals = {t.name: t.values[-1] for t in trials if t.values and math.isfinite(t.values[-1])}
        return cls(name, objective, trials, finals, timed=False, workers=workers)

    @cached_property
    def ranking(self) -> tuple[str, ...]:
        """Names of the trials with a final value, the best first."""
        return tuple(sorted(self.finals, key=lambda n: self.objective.sign * self.finals[n]))

    @property
    def steps(self) -> int:
        """Total number of intermediate results."""
        return sum(len(t.values) for t in self.trials)

    @property
    def seconds(self) -> float:
        """Total duration of all trials in seconds."""
        return sum(t.seconds for t in self.trials)
