"""Importance of each parameter for each objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.render.statistics import Estimate
from nni_hpo_ext.report._sample import Sample, make_sample
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.study import Study
from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, TORCH_ONLY_PARAMETERS
from nni_hpo_ext.types import Objective

if TYPE_CHECKING:
    from nni_hpo_ext.report._anova import Anova

__all__ = [
    "Importance",
    "ParameterImportance",
    "importances",
    "is_hardware",
    "study_importances",
]

_FEWEST = 20  # trials that a forest needs
_INTERVAL = (5, 95)  # percentiles over the trees
_PAIRED = 6  # number of most important parameters whose interactions are computed
_FENCE = 3.0  # Tukey's far-out fence, in interquartile ranges
_EVIDENT = 0.1  # least share of the variance of unseen trials
_TRUSTED = 0.3
_INTERACTS = 0.05  # least share of the variance of an interaction
_HARDWARE = {*HARDWARE_PARAMETERS, *TORCH_ONLY_PARAMETERS}


def is_hardware(name: str) -> bool:
    """Return whether the name, with or without its branch, is that of a hardware parameter."""
    return name.rpartition(".")[2] in _HARDWARE


@dataclass(frozen=True, slots=True)
class ParameterImportance:
    """The share of the variance that one parameter explains by itself."""

    name: str
    dimension: int
    hardware: bool
    estimate: Estimate


@dataclass(frozen=True)
class Importance:
    """Parameter importance for one objective.

    Attributes
    ----------
    objective
        The objective.
    n
        Number of trials the forest is fitted to.
    stopped
        Number of stopped trials among them.
    explained
        Share of the variance that the forest explains out of bag; near or below 0 it has learnt
        nothing.
    parameters
        All parameters, the most important first.
    pairs
        Interactions of the most important parameters as (i, j, estimate), the largest first.
    model, hardware
        Share that all parameters of a kind explain together; None if there is only one kind.
    anova
        The analysis, for marginals.
    """

    objective: Objective
    n: int
    stopped: int
    explained: float
    parameters: tuple[ParameterImportance, ...]
    pairs: tuple[tuple[int, int, Estimate], ...]
    model: Estimate | None
    hardware: Estimate | None
    anova: Anova

    @property
    def evident(self) -> bool:
        """Whether the forest predicts unseen trials at all; else nothing should be shown of it."""
        return self.explained >= _EVIDENT

    @property
    def trusted(self) -> bool:
        """Whether the forest predicts unseen trials well enough for a ranking."""
        return self.explained >= _TRUSTED

    @property
    def interactions(self) -> tuple[tuple[int, int, Estimate], ...]:
        """The pairs whose interaction is worth looking at, the largest first."""
        found = [p for p in self.pairs if p[2].value >= _INTERACTS and _above_zero(p[2])]
        return tuple(found) if self.trusted else ()


def _above_zero(found: Estimate) -> bool:
    return found.interval is not None and found.interval[0] > 0


def study_importances(study: Study) -> tuple[Importance | None, ...]:
    """Return the parameter importance for each objective of a study.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    tuple
        For each objective, None if there are too few trials, all values are equal, or the search
        space is unknown. Show one only if it is ``evident``.

    Examples
    --------
    >>> from nni_hpo_ext.study import load_study
    >>> study_importances(load_study("latest"))[0].parameters[0].name  # doctest: +SKIP
    'learning_rate'
    """
    return importances(make_sample(study), study.objectives)


def importances(sample: Sample | None, goals: Sequence[Objective]) -> tuple[Importance | None, ...]:
    """Return the importance for each objective, None without a sample or with too few trials."""
    if sample is None:
        return (None,) * len(goals)
    return tuple(_importance(sample, j, goal) for j, goal in enumerate(goals))


def _importance(sample: Sample, j: int, goal: Objective) -> Importance | None:
    usable = np.isfinite(sample.losses[:, j])
    y = _fenced(sample.losses[usable, j])
    if len(y) < _FEWEST or np.ptp(y) == 0:
        return None
    from nni_hpo_ext.report._anova import Anova

    anova = Anova(sample.space, sample.X[usable], y)
    if not len(anova.main):
        return None
    parameters = _parameters(sample, anova)
    hardware = [p.dimension for p in parameters if p.hardware]
    model = [p.dimension for p in parameters if not p.hardware]
    both = bool(hardware and model)
    return Importance(
        objective=goal,
        n=len(y),
        stopped=int((usable & ~sample.completed).sum()),
        explained=anova.explained,
        parameters=parameters,
        pairs=_pairs(parameters, anova),
        model=_estimate(anova.together(model)) if both else None,
        hardware=_estimate(anova.together(hardware)) if both else None,
        anova=anova,
    )


def _fenced(y: FloatArray) -> FloatArray:
    """Clip outliers, as a single diverged trial would dominate the variance."""
    if not len(y):
        return y
    low, high = np.percentile(y, [25, 75])
    return np.clip(y, low - _FENCE * (high - low), high + _FENCE * (high - low))


def _parameters(sample: Sample, anova: Anova) -> tuple[ParameterImportance, ...]:
    found = [
        ParameterImportance(dim.name, i, is_hardware(dim.name), _estimate(anova.main[:, i]))
        for i, dim in enumerate(sample.space.dimensions)
    ]
    return tuple(sorted(found, key=lambda p: -p.estimate.value))


def _pairs(
    parameters: Sequence[ParameterImportance], anova: Anova
) -> tuple[tuple[int, int, Estimate], ...]:
    top = [p.dimension for p in parameters[:_PAIRED] if p.estimate.value > 0]
    pairs = [
        (i, j, _estimate(anova.interaction(i, j))) for a, i in enumerate(top) for j in top[a + 1 :]
    ]
    return tuple(sorted(pairs, key=lambda p: -p[2].value))


def _estimate(shares: npt.NDArray[np.float64]) -> Estimate:
    """Return the mean share of the variance, with the range of 90 % of the trees."""
    low, high = np.percentile(shares, _INTERVAL)
    return Estimate(float(shares.mean()), (float(low), float(high)))
