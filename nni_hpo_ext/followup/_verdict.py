"""What new seeds say about the best trials of an experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nni_hpo_ext.followup._runs import Rerun
from nni_hpo_ext.multiobjective import pareto_mask
from nni_hpo_ext.render import text
from nni_hpo_ext.render.statistics import SIGNIFICANT, Estimate, holm, mean_interval, unpaired_p
from nni_hpo_ext.study import TrialRecord
from nni_hpo_ext.types import Objective

__all__ = ["Retrained", "Retraining"]

_FEWEST = 4  # seeds with which the test can be significant: 2 / binomial(8, 4) < 0.05


@dataclass(frozen=True, slots=True)
class Retrained:
    """A configuration with the results of new seeds.

    Attributes
    ----------
    trial
        The trial of the experiment.
    runs
        Its trainings with new seeds.

    Examples
    --------
    >>> from nni_hpo_ext.study import End
    >>> trial = TrialRecord(3, "job3", End.SUCCEEDED, values={"default": 0.95})
    >>> again = Retrained(trial, (Rerun(3, 1, {"default": 0.9}), Rerun(3, 2, {"default": 0.8})))
    >>> round(again.estimate("default").value, 2)
    0.85
    """

    trial: TrialRecord
    runs: tuple[Rerun, ...]

    def values(self, name: str) -> list[float]:
        """Return the results of the trainings that succeeded."""
        return [run.values[name] for run in self.runs if name in run.values]

    def estimate(self, name: str) -> Estimate:
        """Return the mean over seeds with its 95 % interval, NaN without results."""
        values = self.values(name)
        return Estimate(float(np.mean(values)) if values else math.nan, mean_interval(values))


@dataclass(frozen=True)
class Retraining:
    """The best trials of an experiment, or its front, with new seeds.

    Attributes
    ----------
    objectives
        The objectives.
    candidates
        The configurations; the first one led the experiment.
    is_front
        Whether they are the Pareto front.

    Examples
    --------
    >>> from nni_hpo_ext.study import End
    >>> def again(number, values):
    ...     trial = TrialRecord(number, "", End.SUCCEEDED, values={"default": values[0]})
    ...     return Retrained(
    ...         trial, tuple(Rerun(number, seed, {"default": v}) for seed, v in enumerate(values))
    ...     )
    >>> first, second = again(3, [0.95, 0.93, 0.94, 0.96]), again(7, [0.91, 0.90, 0.92, 0.89])
    >>> goal = Objective("default", "maximize")
    >>> Retraining((goal,), (first, second)).verdicts()[0]
    'The lead of trial 3 over trial 7 is real: default 0.945 against 0.905 (p = 0.029).'
    """

    objectives: tuple[Objective, ...]
    candidates: tuple[Retrained, ...]
    is_front: bool = False

    def verdicts(self) -> list[str]:
        """Return what the new seeds say, a sentence each."""
        failed = sum(bool(run.error) for again in self.candidates for run in again.runs)
        said = self._front_verdicts() if self.is_front else self._lead_verdicts()
        return [
            *said,
            *self._optimism(),
            *([f"{text.count(failed, 'training')} failed."] * bool(failed)),
        ]

    # ---------------------------------------------------------------- the best trial

    def _lead_verdicts(self) -> list[str]:
        goal, (first, *others) = self.objectives[0], self.candidates
        if not first.values(goal.name):
            return [f"Trial {first.trial.number} has no result with a new seed."]
        if self._constant():
            return [
                "Every seed gave the same result, so nothing can be said about the lead: the "
                "script does not use the seed (see --seed-name)."
            ]
        if not others:
            return ["No other trial has a result, so there is no lead to test."]
        if min(len(again.values(goal.name)) for again in self.candidates) < _FEWEST:
            return [f"A lead cannot be tested with fewer than {_FEWEST} results of each trial."]
        rated = [again for again in others if again.values(goal.name)]
        ps = holm([unpaired_p(first.values(goal.name), r.values(goal.name)) for r in rated])
        return [self._compared(goal, first, r, p) for r, p in zip(rated, ps, strict=True)]

    def _compared(self, goal: Objective, first: Retrained, rival: Retrained, p: float) -> str:
        ours, theirs = (again.estimate(goal.name).value for again in (first, rival))
        numbers = f"{goal.name} {text.value(ours)} against {text.value(theirs)} (p = {p:.2g})"
        names = f"trial {first.trial.number} over trial {rival.trial.number}"
        if p >= SIGNIFICANT:
            return f"The lead of {names} is not confirmed: {numbers}; seeds alone differ as much."
        if goal.sign * ours < goal.sign * theirs:
            return f"The lead of {names} is real: {numbers}."
        return f"Trial {rival.trial.number} is better than trial {first.trial.number}: {numbers}."

    def _constant(self) -> bool:
        name = self.objectives[0].name
        found = [again.values(name) for again in self.candidates]
        return all(len(v) > 1 and len(set(v)) == 1 for v in found)

    def _optimism(self) -> list[str]:
        """Say where the result in the search lies outside those of the new seeds."""
        goal = self.objectives[0]
        found = []
        for again in self.candidates:
            before, values = again.trial.values.get(goal.name), again.values(goal.name)
            if before is None or len(values) < 2:
                continue
            if goal.sign * before < min(goal.sign * v for v in values):
                found.append(
                    f"Trial {again.trial.number} had {text.value(before)} in the search, better "
                    f"than with any new seed: expect {text.value(again.estimate(goal.name).value)}."
                )
        return found

    # ---------------------------------------------------------------- the front

    def _front_verdicts(self) -> list[str]:
        names = [goal.name for goal in self.objectives]
        rated = [again for again in self.candidates if all(map(again.values, names))]
        if not rated:
            return ["No trial of the front has a result with a new seed."]
        losses = [
            [goal.sign * again.estimate(goal.name).value for goal in self.objectives]
            for again in rated
        ]
        mask = pareto_mask(losses)
        kept = [a.trial.number for a, on_front in zip(rated, mask, strict=True) if on_front]
        lost = [a.trial.number for a, on_front in zip(rated, mask, strict=True) if not on_front]
        said = [f"By the means over seeds, {_numbered(kept)} {_stay(kept)} on the front."]
        return [*said, *([f"{_numbered(lost).capitalize()} left it."] if lost else [])]


def _numbered(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"trial {listed}" if len(numbers) == 1 else f"trials {listed}"


def _stay(numbers: Sequence[int]) -> str:
    return "stays" if len(numbers) == 1 else "stay"
