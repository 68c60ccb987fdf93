"""One Gaussian process per objective, fitted to whatever trials have reported."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.surrogates._feasibility import Feasibility
from nni_hpo_ext.surrogates._features import Features
from nni_hpo_ext.surrogates._gp import GaussianProcess
from nni_hpo_ext.surrogates._response import Response, losses
from nni_hpo_ext.types import Objective, Params, Trial, TrialStatus

__all__ = ["Fits", "ObjectiveModels"]

Fits = dict[int, tuple[bytes, GaussianProcess]]


class ObjectiveModels:
    """Models of ``k`` objectives, all turned into responses to be minimised.

    An objective that a trial does not report is missing for that trial alone. A failed trial
    lowers the probability of success around it. What a stopped trial had reached bounds what it
    would have reached: the model takes the mean of its own prediction beyond that bound.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    objectives
        The objectives, ``k`` of them.
    trials
        Trials that have ended, in order; each objective was reported by at least one.
    pending
        Configurations being tried. The models count their own mean there as seen.
    n_fitted
        Hyperparameters are fitted to the first so many trials only.
    rng
        Source of randomness.
    fits
        The last fit of each objective and what it was made from. A fit is taken over where that is
        the same, and replaced where it is not.

    Attributes
    ----------
    X : numpy.ndarray
        Points of all ended trials, shape ``(n, d)``.
    pending : numpy.ndarray
        Points being tried, shape ``(p, d)``.
    """

    def __init__(
        self,
        space: SearchSpace,
        objectives: Sequence[Objective],
        trials: Sequence[Trial],
        pending: Sequence[Params],
        *,
        n_fitted: int,
        rng: np.random.Generator,
        fits: Fits | None = None,
    ) -> None:
        self.X = space.encode_all(t.params for t in trials)
        self.pending = space.encode_all(pending)
        features = Features(space)
        responses = _responses(objectives, trials)
        # Of the first trials alone, so that fits do not depend on what came after.
        early = _responses(objectives, trials[:n_fitted])
        fits = {} if fits is None else fits
        stopped = np.array([t.status is TrialStatus.STOPPED for t in trials], dtype=bool)
        reported = ~np.isnan(responses)
        self._succeeded = np.any(reported, axis=1)
        self._complete = np.all(reported, axis=1) & ~stopped
        self._feasibility = Feasibility(features, self.X, self._succeeded)
        self._models = [
            self._condition(
                self._fit(k, features, early[:, k], fits, rng), responses[:, k], stopped
            )
            for k in range(len(objectives))
        ]
        self._conditioned = [m.with_fantasies(self.pending) for m in self._models]
        self._responses = responses

    def _fit(
        self,
        objective: int,
        features: Features,
        y: FloatArray,
        fits: Fits,
        rng: np.random.Generator,
    ) -> GaussianProcess:
        rows = ~np.isnan(y)
        X = self.X[: len(y)][rows]
        made_from = X.tobytes() + y[rows].tobytes()
        if objective not in fits or fits[objective][0] != made_from:
            fits[objective] = made_from, GaussianProcess(features).fit(X, y[rows], rng=rng)
        return fits[objective][1]

    def _condition(
        self, fit: GaussianProcess, y: FloatArray, stopped: npt.NDArray[np.bool_]
    ) -> GaussianProcess:
        known = ~np.isnan(y)
        model = fit.conditioned_on(self.X[known], y[known])
        bounded = stopped & known
        if bounded.any():
            mean, variance = model.predict(self.X[bounded])
            y = y.copy()
            y[bounded] = _mean_below(y[bounded], mean, np.sqrt(variance))
            model = fit.conditioned_on(self.X[known], y[known])
        return model

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return means and standard deviations at points ``(n, d)``; both of shape ``(n, k)``."""
        pairs = [m.predict(X) for m in self._conditioned]
        return (
            np.stack([mean for mean, _ in pairs], axis=1),
            np.sqrt(np.stack([variance for _, variance in pairs], axis=1)),
        )

    def log_feasibility(self, X: FloatArray) -> FloatArray:
        """Return the log probability of a usable value at points ``(n, d)``; shape ``(n,)``."""
        return self._feasibility.log_probability(X)

    @property
    def completed_X(self) -> FloatArray:
        """Points of the trials that reported every objective, shape ``(c, d)``."""
        return np.asarray(self.X[self._complete])

    def completed_means(self) -> FloatArray:
        """Return what the models hold of those trials, freed of noise; shape ``(c, k)``."""
        pairs = [m.predict(self.completed_X) for m in self._models]
        return np.stack([mean for mean, _ in pairs], axis=1)

    def typical(self, n_first: int) -> FloatArray:
        """Return the median response over the first trials, NaN left out; shape ``(k,)``."""
        rows = self._responses[self._succeeded][:n_first]
        medians = [
            np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0
            for column in rows.T
        ]
        return np.array(medians)


def _responses(objectives: Sequence[Objective], trials: Sequence[Trial]) -> FloatArray:
    """Return transformed values to be minimised, NaN where missing; shape ``(n, k)``."""
    columns = [Response(y[~np.isnan(y)])(y) for y in losses(trials, objectives).T]
    return np.stack(columns, axis=1)


def _mean_below(bound: FloatArray, mean: FloatArray, std: FloatArray) -> FloatArray:
    """Return the mean of normals given that they lie below a bound; all of shape ``(n,)``."""
    z = (bound - mean) / std
    ratio = np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
    return np.asarray(np.minimum(mean - std * ratio, bound))
