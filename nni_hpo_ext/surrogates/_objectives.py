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
from nni_hpo_ext.surrogates._response import Response, ResponseMaker, losses, response
from nni_hpo_ext.surrogates._surrogate import LeaveOneOut, Surrogate, SurrogateClass
from nni_hpo_ext.types import Objective, Params, Trial, TrialStatus

__all__ = ["Fits", "ObjectiveModels"]

_RESPOND = response("auto")

Fits = dict[int, tuple[bytes, Surrogate]]


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
    seed
        Seeds what is random in a fit.
    stream
        Which of several models with the same seed it is.
    fits
        The last fit of each objective and what it was made from. A fit is taken over where that is
        the same, and replaced where it is not.
    surrogate
        The kind of model.
    respond
        Makes what is modelled in place of an objective's values; see `response`.
    X
        The points of the trials, if they were encoded before, shape ``(n, d)``.

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
        seed: int,
        stream: int = 0,
        fits: Fits | None = None,
        surrogate: SurrogateClass = GaussianProcess,
        respond: ResponseMaker = _RESPOND,
        X: FloatArray | None = None,
    ) -> None:
        self._surrogate = surrogate
        self._seed, self._stream = seed, stream
        self.X = space.encode_all(t.params for t in trials) if X is None else X
        self.pending = space.encode_all(pending)
        features = Features(space)
        values = losses(trials, objectives)
        self._transforms = _transforms(objectives, values, respond)
        responses = _responses(self._transforms, values)
        # Of the first trials alone, so that fits do not depend on what came after.
        early_values = values[:n_fitted]
        early = _responses(_transforms(objectives, early_values, respond), early_values)
        fits = {} if fits is None else fits
        stopped = np.array([t.status is TrialStatus.STOPPED for t in trials], dtype=bool)
        reported = ~np.isnan(responses)
        self._succeeded = np.any(reported, axis=1)
        self._complete = np.all(reported, axis=1) & ~stopped
        self._feasibility = Feasibility(features, self.X, self._succeeded)
        self._models = [
            self._condition(self._fit(k, features, early[:, k], fits), responses[:, k], stopped)
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
    ) -> Surrogate:
        rows = ~np.isnan(y)
        X = self.X[: len(y)][rows]
        made_from = X.tobytes() + y[rows].tobytes()
        if objective not in fits or fits[objective][0] != made_from:
            # From nothing but what it is made from: after a resume it must come out the same.
            rng = np.random.default_rng([self._seed, len(X), self._stream, objective])
            fits[objective] = made_from, self._surrogate(features).fit(X, y[rows], rng=rng)
        return fits[objective][1]

    def _condition(
        self, fit: Surrogate, y: FloatArray, stopped: npt.NDArray[np.bool_]
    ) -> Surrogate:
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
        """Return means and standard deviations at points ``(n, d)``; both of shape ``(n, k)``.

        Raises
        ------
        FloatingPointError
            If a model predicts anything but finite numbers.
        """
        mean, variance = _predictions(self._conditioned, X)
        return mean, np.sqrt(variance)

    def expected_losses(self, X: FloatArray, objective: int = 0) -> FloatArray:
        """Return the losses that the means at points ``(n, d)`` stand for; shape ``(n,)``."""
        return self._transforms[objective].inverse(self.predict(X)[0][:, objective])

    def left_out_log_scores(self, objective: int = 0) -> FloatArray | None:
        """Return the log density of each trial's value as predicted from the other trials.

        Returns
        -------
        numpy.ndarray or None
            Of the trials that reported the objective, ``(r,)``; None if the surrogate cannot tell.
        """
        model = self._models[objective]
        if not isinstance(model, LeaveOneOut):
            return None
        mean, variance = model.leave_one_out()
        y = self._responses[~np.isnan(self._responses[:, objective]), objective]
        return np.asarray(-0.5 * (np.log(2.0 * np.pi * variance) + (y - mean) ** 2 / variance))

    def surrogate(self, objective: int = 0) -> Surrogate:
        """Return the model of one objective, pending trials included."""
        return self._conditioned[objective]

    def log_feasibility(self, X: FloatArray) -> FloatArray:
        """Return the log probability of a usable value at points ``(n, d)``; shape ``(n,)``."""
        return self._feasibility.log_probability(X)

    @property
    def completed_X(self) -> FloatArray:
        """Points of the trials that reported every objective, shape ``(c, d)``."""
        return np.asarray(self.X[self._complete])

    def completed_means(self) -> FloatArray:
        """Return what the models hold of those trials, freed of noise; shape ``(c, k)``."""
        return _predictions(self._models, self.completed_X)[0]

    def typical(self, n_first: int) -> FloatArray:
        """Return the median response over the first trials, NaN left out; shape ``(k,)``."""
        rows = self._responses[self._succeeded][:n_first]
        medians = [
            np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0
            for column in rows.T
        ]
        return np.array(medians)


def _predictions(models: Sequence[Surrogate], X: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return means and variances of all models at points ``(n, d)``; both of shape ``(n, k)``.

    With NaN an acquisition function would have its maximum anywhere, and nobody would notice.
    """
    mean, variance = np.stack([m.predict(X) for m in models], axis=-1)
    if not np.isfinite(mean).all() or not np.isfinite(variance).all():
        raise FloatingPointError("the model predicts NaN or infinity")
    return mean, variance


def _transforms(
    objectives: Sequence[Objective], values: FloatArray, respond: ResponseMaker
) -> list[Response]:
    """Make a response for each column of losses ``(n, k)``."""
    return [
        respond(column[~np.isnan(column)], objective)
        for column, objective in zip(values.T, objectives, strict=True)
    ]


def _responses(transforms: Sequence[Response], values: FloatArray) -> FloatArray:
    """Return transformed losses, NaN where missing; shape ``(n, k)``."""
    columns = [t.forward(column) for t, column in zip(transforms, values.T, strict=True)]
    return np.stack(columns, axis=1)


def _mean_below(bound: FloatArray, mean: FloatArray, std: FloatArray) -> FloatArray:
    """Return the mean of normals given that they lie below a bound; all of shape ``(n,)``."""
    z = (bound - mean) / std
    ratio = np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
    return np.asarray(np.minimum(mean - std * ratio, bound))
