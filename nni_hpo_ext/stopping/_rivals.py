"""Select the trials to compare a trial with, and rank it among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.stopping._course import Course
from nni_hpo_ext.stopping._field import Field

__all__ = ["Rivals", "Standing"]

# Relative rounding error of a projection.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Standing:
    """The rank of a trial in one objective.

    Attributes
    ----------
    objective
        Index of the objective.
    better, of
        Number of rivals with a better score, and number of rivals: the trials that are no worse
        in all other objectives.
    share
        Share of the rivals, including the trial itself, among all trials, in (0, 1].
    target
        Last gain of the best completed rival, minus infinity if there is none.
    """

    objective: int
    better: int
    of: int
    share: float
    target: float


class Rivals:
    """Finds the trials that a running one has to beat.

    Parameters
    ----------
    field
        The finished trials.
    objectives
        Number of objectives.
    """

    def __init__(self, field: Field, objectives: int) -> None:
        self._field = field
        # A single objective is always compared.
        self._open = [objectives == 1] * objectives

    @property
    def open(self) -> list[int]:
        """The objectives that at least one trial improved while it ran."""
        return [i for i, is_open in enumerate(self._open) if is_open]

    def learn(self, course: Course) -> None:
        """Record which objectives a finished trial improved."""
        for i, curve in enumerate(course.curves):
            self._open[i] |= bool(curve.marks) and curve.best > curve.marks[0].best

    def standing(
        self, course: Course, peers: Collection[Course], objective: int, ranked: float, epochs: int
    ) -> Standing:
        """Compare a running trial at its last step.

        Parameters
        ----------
        course
            The trial.
        peers
            The other running trials.
        objective
            Index of the objective to compare.
        ranked
            Smallest number of steps of a finished trial that counts.
        epochs
            Number of steps of a full run.
        """
        step, own = course.steps, course.score(objective)
        counts = self._field.steps >= ranked
        bounds = self._bounds(course, objective, epochs)
        rivals = counts & self._no_worse(bounds, step, epochs)
        ahead = rivals & (self._field.scores(objective, step) > own)
        running = [p for p in peers if p.is_known and p.steps >= step]
        near = [p for p in running if self._peer_no_worse(p, bounds, step, epochs)]
        # Scale the sample up to the number of trials it was drawn from.
        scale = max(1.0, self._field.seen / max(1, len(self._field.courses)))
        of = round(scale * rivals.sum()) + len(near)
        everyone = round(scale * counts.sum()) + len(running)
        return Standing(
            objective,
            round(scale * ahead.sum()) + sum(p.score_at(objective, step) > own for p in near),
            of,
            (of + 1) / (everyone + 1),
            self._target(bounds, objective),
        )

    def _bounds(self, course: Course, objective: int, epochs: int) -> dict[int, float]:
        """Return what a rival must reach in each other objective, by index."""
        return {
            i: course.score(i) if is_open else _least(course, i, epochs)
            for i, is_open in enumerate(self._open)
            if i != objective
        }

    def _no_worse(self, bounds: Mapping[int, float], step: int, epochs: int) -> NDArray[np.bool_]:
        """Return which finished trials reach all bounds at a step; shape ``(kept,)``."""
        result = np.ones(len(self._field.courses), bool)
        for i, bound in bounds.items():
            reached = (
                self._field.scores(i, step) if self._open[i] else self._field.projected(i, epochs)
            )
            result &= reached >= bound
        return result

    def _peer_no_worse(
        self, peer: Course, bounds: Mapping[int, float], step: int, epochs: int
    ) -> bool:
        return all(
            (peer.score_at(i, step) if self._open[i] else peer.projected(i, epochs)) >= bound
            for i, bound in bounds.items()
        )

    def _target(self, bounds: Mapping[int, float], objective: int) -> float:
        return max(
            (
                leader.curves[objective].last
                for leader in self._field.leaders
                if all(leader.curves[i].last >= bound for i, bound in bounds.items())
            ),
            default=-np.inf,
        )


def _least(course: Course, objective: int, epochs: int) -> float:
    gain = course.projected(objective, epochs)
    return gain - _ROUNDING * abs(gain)
