"""How much each parameter matters, for each objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.render.statistics import Estimate
from nni_hpo_ext.report._sample import Sample
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, TORCH_ONLY_PARAMETERS
from nni_hpo_ext.types import Objective

if TYPE_CHECKING:
    from nni_hpo_ext.report._anova import Anova

__all__ = ["Importance", "ParameterImportance", "importances", "is_hardware"]

_FEWEST = 20  # trials; from fewer a forest learns nothing
_INTERVAL = (5, 95)  # percentiles over the trees
_PAIRED = 6  # most important parameters whose interactions are looked at
_FENCE = 3.0  # Tukey's far-out fence, in interquartile ranges
_HARDWARE = {*HARDWARE_PARAMETERS, *TORCH_ONLY_PARAMETERS}


def is_hardware(name: str) -> bool:
    """Whether a parameter, by its name with or without its branch, is a hardware parameter."""
    return name.rpartition(".")[2] in _HARDWARE


@dataclass(frozen=True, slots=True)
class ParameterImportance:
    """What one parameter explains by itself."""

    name: str
    dimension: int
    hardware: bool
    estimate: Estimate


@dataclass(frozen=True)
class Importance:
    """What explains one objective.

    Attributes
    ----------
    objective
        The objective.
    n
        Number of trials that it was learnt from.
    stopped
        How many of them were stopped.
    explained
        Share of the variance that the forest predicts for trials it has not seen; near or below
        0 it has learnt nothing.
    parameters
        All parameters, the most important first.
    pairs
        Interactions of the most important ones as (i, j, estimate), the largest first.
    model, hardware
        What all parameters of a kind explain together; None where there are none of one kind.
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


def importances(sample: Sample, goals: Sequence[Objective]) -> tuple[Importance | None, ...]:
    """Return for each objective what explains it, None where there is too little to learn from."""
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
    """Cut values far out: a diverged trial would be all the variance there is."""
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
    """Return the mean share of the variance, and where nine tenths of the trees lie."""
    low, high = np.percentile(shares, _INTERVAL)
    return Estimate(float(shares.mean()), (float(low), float(high)))
