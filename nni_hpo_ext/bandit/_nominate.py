"""Acquisition functions of model arms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import logsumexp

from nni_hpo_ext.acquisition import (
    Acquisitions,
    confidence_bound,
    log_expected_improvement,
    log_probability_of_improvement,
    subspace_points,
)
from nni_hpo_ext.bandit._evidence import Evidence
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates import ObjectiveModels, ParzenEstimator

__all__ = ["ACQUISITIONS", "maximise_criteria"]

# Added to standard deviations to avoid a division by zero.
_MIN_STD = 1e-4
# Number of draws from the density of the good trials, the best of which TPE nominates.
_PARZEN_DRAWS = 64
# From this number of trials on, one of so many suggestions is made in a subspace. Until then the
# search of the whole space still finds larger improvements.
_SUBSPACE_FROM = 20
_SUBSPACE_EVERY = 5

_Criterion = Callable[[FloatArray, FloatArray, float], FloatArray]
_Average = Callable[[FloatArray, FloatArray], FloatArray]
_Nominate = Callable[[ObjectiveModels, Evidence, np.random.Generator], "FloatArray | None"]


def _log_mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(logsumexp(values, axis=0, b=weights[:, None]))


# Of means, standard deviations and the best mean so far; and its average over the parts of a
# mixture, whose values ``(p, n)`` and weights ``(p,)`` it takes.
_CRITERIA: dict[str, tuple[_Criterion, _Average]] = {
    "EI": (log_expected_improvement, _log_mean),
    "PI": (log_probability_of_improvement, _log_mean),
    "UCB": (
        lambda mean, std, best: confidence_bound(mean, std),
        lambda values, weights: np.asarray(weights @ values),
    ),
}


def maximise_criteria(
    names: Sequence[str], models: ObjectiveModels, evidence: Evidence, rng: np.random.Generator
) -> FloatArray | None:
    """Return the point of greatest acquisition for each of ``a`` criteria, ``(a, d)``.

    None if nothing untried is left. The criteria look at the same predictions, which take most of
    the time.
    """
    return evidence.maximise_several(_criteria(names, models), rng, anchors=_incumbent(models))


def _incumbent(models: ObjectiveModels) -> FloatArray:
    """Return the completed trial of the best mean, ``(1, d)``; ``(0, d)`` if there is none."""
    means = models.completed_means()[:, 0]
    return np.asarray(models.completed_X[np.argsort(means, kind="stable")[:1]])


def _criteria(names: Sequence[str], models: ObjectiveModels) -> Acquisitions:
    """Return the named criteria under a model as one function, of values ``(a, n)``."""
    # Each part of a mixture improves on what it takes for the best so far. Every trial so far may
    # have been stopped or have failed.
    tried = models.completed_X
    best = models.predict_parts(tried if len(tried) else models.X)[1].min(axis=1)
    criteria = [_CRITERIA[name] for name in names]

    def acquisitions(X: FloatArray) -> FloatArray:
        weights, mean, std = models.predict_parts(X)
        values = [
            average(
                np.array([of(*part) for part in zip(mean, std + _MIN_STD, best, strict=True)]),
                weights,
            )
            for of, average in criteria
        ]
        return np.stack(values) + models.log_feasibility(X)

    return acquisitions


def _maximising(name: str) -> _Nominate:
    def nominate(
        models: ObjectiveModels, evidence: Evidence, rng: np.random.Generator
    ) -> FloatArray | None:
        points = maximise_criteria([name], models, evidence, rng)
        return None if points is None else np.asarray(points[0])

    return nominate


def _expected_improvement(
    models: ObjectiveModels, evidence: Evidence, rng: np.random.Generator
) -> FloatArray | None:
    parzen = models.surrogate()
    if not isinstance(parzen, ParzenEstimator):
        return _maximising("EI")(models, evidence, rng)

    def acquisition(X: FloatArray) -> FloatArray:
        return parzen.log_ratio(X) + models.log_feasibility(X)

    return evidence.maximise(acquisition, rng, anchors=parzen.sample_good(8, rng))


def _partly_in_subspaces(
    models: ObjectiveModels, evidence: Evidence, rng: np.random.Generator
) -> FloatArray | None:
    """Maximise expected improvement, now and then in a subspace through the incumbent.

    A model is too sure of its predictions near the incumbent, and a parameter that it once takes
    for harmful stays as it is. The subspace forces the parameters to move in turn.
    """
    turn, wait = divmod(evidence.suggested, _SUBSPACE_EVERY)
    point = None
    if wait == 0 and len(evidence.trials) + len(evidence.pending) >= _SUBSPACE_FROM:
        point = _in_a_subspace(models, evidence, turn, rng)
    return _expected_improvement(models, evidence, rng) if point is None else point


def _in_a_subspace(
    models: ObjectiveModels, evidence: Evidence, turn: int, rng: np.random.Generator
) -> FloatArray | None:
    """Return the best of random points in a subspace; None if there is no incumbent or point."""
    incumbent = _incumbent(models)
    if not len(incumbent):
        return None
    X = subspace_points(evidence.space, incumbent[0], turn, rng)
    X = X[evidence.untried(X)]
    return np.asarray(X[_criteria(["EI"], models)(X)[0].argmax()]) if len(X) else None


def _best_of_good_draws(
    models: ObjectiveModels, evidence: Evidence, rng: np.random.Generator
) -> FloatArray | None:
    parzen = models.surrogate()
    assert isinstance(parzen, ParzenEstimator)  # `_modes` allows TPE for this model only
    X = parzen.sample_good(_PARZEN_DRAWS, rng)
    untried = evidence.untried(X)
    if not untried.any():
        return _expected_improvement(models, evidence, rng)
    X = X[untried]
    return np.asarray(X[(parzen.log_ratio(X) + models.log_feasibility(X)).argmax()])


ACQUISITIONS: dict[str, _Nominate] = {
    "EI": _expected_improvement,
    "SEI": _partly_in_subspaces,
    "PI": _maximising("PI"),
    "UCB": _maximising("UCB"),
    "TPE": _best_of_good_draws,
}
