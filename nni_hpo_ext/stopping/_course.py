"""What a trial reported for each of several objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.stopping._curve import Curve, Mark, index_of, step_of
from nni_hpo_ext.types import Objective

__all__ = ["Course"]

# Share of the steps so far whose mean says where a noisy curve stands.
_RECENT = 0.2


class Course:
    """The curves of one trial, one for each objective, step by step together.

    Parameters
    ----------
    objectives
        What the trial reports, in order.
    reports
        The first reports; shape ``(steps, objectives)``.
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
        """Append a report: a value for each objective, None for one that it does not hold."""
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
        """Whether every objective was reported: else the trial compares with no other."""
        return all(self.reported)

    def scores(self, objective: int) -> list[float]:
        """Return where a curve stands at each checkpoint, larger is better; shape ``(marks,)``."""
        curve = self.curves[objective]
        return [_score(curve, step_of(i), mark) for i, mark in enumerate(curve.marks)]

    def score(self, objective: int) -> float:
        """Return where a curve stands after the last report."""
        curve = self.curves[objective]
        return _score(curve, curve.steps, curve.now)

    def score_at(self, objective: int, step: int) -> float:
        """Return where a curve stood at a step that it got to, or at the checkpoint before."""
        curve, index = self.curves[objective], index_of(step)
        return _score(curve, step_of(index), curve.marks[index])

    def rate(self, objective: int) -> float:
        """Return the mean gain of a step so far; 0 where it cannot be told."""
        curve = self.curves[objective]
        first = curve.marks[0].best if curve.marks else math.nan
        known = curve.steps > 1 and math.isfinite(curve.last) and math.isfinite(first)
        return (curve.last - first) / (curve.steps - 1) if known else 0.0

    def projected(self, objective: int, steps: int) -> float:
        """Return the gain after so many steps at the mean rate so far."""
        curve = self.curves[objective]
        return curve.last + self.rate(objective) * max(0, steps - curve.steps)

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
            If it is something else, or of other objectives.
        """
        course, curves = cls(objectives), state["curves"]
        if len(curves) != len(objectives):
            raise ValueError(f"{len(curves)} curves for {len(objectives)} objectives")
        course.curves = tuple(Curve.from_state(o.direction, curves[o.name]) for o in objectives)
        course.reported = [bool(r) for r, _ in zip(state["reported"], objectives, strict=True)]
        if len({c.steps for c in course.curves}) != 1:
            raise ValueError("curves of different lengths")
        return course


def _score(curve: Curve, step: int, now: Mark) -> float:
    """Return the mean of the best value so far and of the mean of the last values.

    The best alone is an accident where the values are noisy; the last alone forgets what was
    reached.
    """
    width = max(1, round(_RECENT * step))
    if width >= step:
        return (now.best + now.mean) / 2
    before = curve.at(step - width)
    recent = Mark(now.best, now.total - before.total, now.count - before.count)
    return (now.best + recent.mean) / 2
