"""Learning curves of a trial with several objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.stopping._curve import Curve, Mark, index_of, step_of
from nni_hpo_ext.types import Objective

__all__ = ["Course"]

# Share of the latest steps whose mean smooths a noisy curve.
_RECENT = 0.2


class Course:
    """The learning curves of one trial, one per objective, with a common step.

    Parameters
    ----------
    objectives
        The objectives that the trial reports, in order.
    reports
        The first reports; shape ``(steps, objectives)``.

    Examples
    --------
    >>> goals = [Objective("accuracy", "maximize"), Objective("seconds", "minimize")]
    >>> course = Course(goals, [(0.5, 10.0), (0.7, 20.0)])
    >>> course.add((0.8, None))
    >>> course.steps, course.is_known
    (3, True)
    >>> [curve.best for curve in course.curves]  # gains: larger is better
    [0.8, -10.0]
    """

    __slots__ = ("_names", "curves", "reported")

    def __init__(
        self, objectives: Sequence[Objective], reports: Sequence[Sequence[float | None]] = ()
    ) -> None:
        self._names = tuple(o.name for o in objectives)
        self.curves = tuple(Curve(o.direction) for o in objectives)
        self.reported = [False] * len(self.curves)
        for report in reports:
            self.add(report)

    def add(self, report: Sequence[float | None]) -> None:
        """Append a report: one value per objective, None for a missing one."""
        for i, (curve, value) in enumerate(zip(self.curves, report, strict=True)):
            self.reported[i] |= value is not None
            curve.add(math.nan if value is None else value)

    @property
    def steps(self) -> int:
        """Number of reports so far."""
        return self.curves[0].steps

    @property
    def at_checkpoint(self) -> bool:
        """Whether the last report fell on a checkpoint."""
        return self.curves[0].at_checkpoint

    @property
    def is_known(self) -> bool:
        """Whether every objective was reported; if not, the trial is not compared with others."""
        return all(self.reported)

    def scores(self, objective: int) -> list[float]:
        """Return the score at each checkpoint, larger is better; shape ``(marks,)``."""
        curve = self.curves[objective]
        return [_score(curve, step_of(i), mark) for i, mark in enumerate(curve.marks)]

    def score(self, objective: int) -> float:
        """Return the score after the last report."""
        curve = self.curves[objective]
        return _score(curve, curve.steps, curve.now)

    def score_at(self, objective: int, step: int) -> float:
        """Return the score at a step that the trial reached, or at the checkpoint before it."""
        curve, index = self.curves[objective], index_of(step)
        return _score(curve, step_of(index), curve.marks[index])

    def projected(self, objective: int, steps: int) -> float:
        """Return the gain after ``steps`` steps, extrapolated at the mean rate so far."""
        curve = self.curves[objective]
        first = curve.marks[0].best if curve.marks else math.nan
        if curve.steps < 2 or not math.isfinite(curve.last) or not math.isfinite(first):
            return curve.last
        rate = (curve.last - first) / (curve.steps - 1)
        return curve.last + rate * max(0, steps - curve.steps)

    def state_dict(self) -> dict[str, Any]:
        """Return the curves as plain JSON values, by objective."""
        return {
            "curves": {
                name: c.state_dict() for name, c in zip(self._names, self.curves, strict=True)
            },
            "reported": list(self.reported),
        }

    @classmethod
    def from_state(cls, objectives: Sequence[Objective], state: Mapping[str, Any]) -> Course:
        """Restore what `state_dict` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the state is malformed or belongs to other objectives.
        """
        course, curves = cls(objectives), state["curves"]
        if len(curves) != len(objectives):
            raise ValueError(f"{len(curves)} curves for {len(objectives)} objectives")
        course.curves = tuple(Curve.from_state(o.direction, curves[o.name]) for o in objectives)
        course.reported = [bool(r) for r, _ in zip(state["reported"], objectives, strict=True)]
        if len({c.steps for c in course.curves}) != 1:
            raise ValueError("curves have different lengths")
        return course


def _score(curve: Curve, step: int, now: Mark) -> float:
    """Average the best value so far and the mean of the last values.

    The best value alone overrates a noisy curve; the last values alone ignore what it reached.
    """
    width = max(1, round(_RECENT * step))
    if width >= step:
        return (now.best + now.mean) / 2
    before = curve.at(step - width)
    recent = Mark(now.best, now.total - before.total, now.count - before.count)
    return (now.best + recent.mean) / 2
