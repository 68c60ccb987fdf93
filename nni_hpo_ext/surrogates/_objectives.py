"""Surrogate models of all objectives, fitted to complete, partial and failed trials."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.surrogates._feasibility import Feasibility
from nni_hpo_ext.surrogates._features import Features
from nni_hpo_ext.surrogates._gp import GaussianProcess
from nni_hpo_ext.surrogates._gp_mixture import GaussianProcessMixture
from nni_hpo_ext.surrogates._response import Response, ResponseMaker, losses, response
from nni_hpo_ext.surrogates._surrogate import LeaveOneOut, Surrogate, SurrogateClass
from nni_hpo_ext.surrogates._unfinished import Data, forecast_responses
from nni_hpo_ext.types import Forecasts, Objective, Params, Trial, TrialStatus

__all__ = ["Fits", "ObjectiveModels"]

_RESPOND = response("auto")

Fits = dict[int, tuple[bytes, Surrogate]]


class ObjectiveModels:
    """One model per objective, of responses to be minimised.

    If a trial lacks an objective, only the model of that objective ignores the trial. A failed
    trial lowers the probability of success around it. A stopped trial counts with the forecast of
    its final value, as an observation with the forecast's variance. Without a forecast its value
    is an upper bound of its final loss, which is replaced by the mean of the model's prediction
    below the bound.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    objectives
        The objectives, ``k`` of them.
    trials
        Finished trials, in order; at least one of them reports each objective.
    pending
        Running configurations, at which the models are conditioned on their own mean.
    running
        Those of the running configurations whose final values can be predicted, and the
        predictions; the models are conditioned on these, too.
    n_fitted
        Number of first trials that hyperparameters are fitted to.
    seed
        Seed of the fits.
    stream
        Tells several models with the same seed apart.
    fits
        The last fit of each objective and its data. Fits to the same data are reused, others are
        replaced.
    surrogate
        Class of the models.
    respond
        Makes the transformation of an objective's values; see `response`.
    X
        The points of the trials, if they are encoded already, shape ``(n, d)``.

    Attributes
    ----------
    X : numpy.ndarray
        Points of all finished trials, shape ``(n, d)``.
    pending : numpy.ndarray
        Points of the running configurations, shape ``(p, d)``.

    Examples
    --------
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> trials = [
    ...     Trial(i, {"x": x}, TrialStatus.COMPLETED, (x**2,))
    ...     for i, x in enumerate([0.0, 0.3, 0.5, 0.9])
    ... ]
    >>> loss = Objective("loss", "minimize")
    >>> models = ObjectiveModels(space, [loss], trials, [], n_fitted=4, seed=0)
    >>> expected = models.expected_losses(np.array([[0.1], [0.8]]))
    >>> bool(expected[0] < expected[1])
    True
    """

    def __init__(
        self,
        space: SearchSpace,
        objectives: Sequence[Objective],
        trials: Sequence[Trial],
        pending: Sequence[Params],
        *,
        running: Sequence[tuple[Params, Forecasts]] = (),
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
        # From the first trials only, so that fits do not depend on later ones.
        early_values = values[:n_fitted]
        early = _responses(_transforms(objectives, early_values, respond), early_values)
        fits = {} if fits is None else fits
        stopped = np.array([t.status is TrialStatus.STOPPED for t in trials], dtype=bool)
        reported = ~np.isnan(responses)
        self._succeeded = np.any(reported, axis=1)
        self._complete = np.all(reported, axis=1) & ~stopped
        self._feasibility = Feasibility(features, self.X, self._succeeded)
        running_X = space.encode_all(params for params, _ in running)
        self._models, self._conditioned, self._data = [], [], []
        for k, (objective, transform) in enumerate(zip(objectives, self._transforms, strict=True)):
            predicted = forecast_responses([t.forecasts for t in trials], objective, transform)
            data = Data.of(self.X, responses[:, k], predicted)
            fit = self._fit(k, features, early[:, k], fits)
            bounded = stopped & ~np.isnan(data.y) & np.isnan(predicted[:, 0])
            if bounded.any():
                data = data.below_bounds(data.condition(fit), bounded)
            predicted = forecast_responses([f for _, f in running], objective, transform)
            more = Data.of(running_X, np.full(len(running), np.nan), predicted)
            self._data.append(data)
            self._models.append(data.condition(fit))
            complete = data.and_(more).condition(fit) if len(running) else self._models[k]
            self._conditioned.append(complete.with_fantasies(self.pending))
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
            # The seed depends on the data only, so that a resumed experiment has the same fit.
            rng = np.random.default_rng([self._seed, len(X), self._stream, objective])
            fits[objective] = made_from, self._surrogate(features).fit(X, y[rows], rng=rng)
        return fits[objective][1]

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return means and standard deviations at points ``(n, d)``; both of shape ``(n, k)``.

        Raises
        ------
        FloatingPointError
            If a model predicts NaN or infinity.
        """
        mean, variance = _predictions(self._conditioned, X)
        return mean, np.sqrt(variance)

    def predict_parts(
        self, X: FloatArray, objective: int = 0
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the predictions of the parts of a mixture, of which other models have one.

        Parameters
        ----------
        X
            Points, shape ``(n, d)``.
        objective
            Index of the objective.

        Returns
        -------
        weights, means, stds
            Shapes ``(p,)``, ``(p, n)`` and ``(p, n)``.

        Raises
        ------
        FloatingPointError
            If the model predicts NaN or infinity.
        """
        model = self._conditioned[objective]
        if isinstance(model, GaussianProcessMixture):
            weights, mean, variance = model.predict_parts(X)
        else:
            weights = np.ones(1)
            mean, variance = (moment[None] for moment in model.predict(X))
        _require_finite(mean, variance)
        return weights, mean, np.sqrt(variance)

    def expected_losses(self, X: FloatArray, objective: int = 0) -> FloatArray:
        """Return the predicted means at points ``(n, d)`` as losses; shape ``(n,)``."""
        return self._transforms[objective].inverse(self.predict(X)[0][:, objective])

    def left_out_log_scores(self, objective: int = 0) -> FloatArray | None:
        """Return the leave-one-out log predictive density of each trial's value.

        Returns
        -------
        numpy.ndarray or None
            One for each trial that reports the objective, ``(r,)``; None if the surrogate does not
            provide it.
        """
        model = self._models[objective]
        if not isinstance(model, LeaveOneOut):
            return None
        mean, variance = model.leave_one_out()
        y = self._data[objective].y
        y = y[~np.isnan(y)]
        return np.asarray(-0.5 * (np.log(2.0 * np.pi * variance) + (y - mean) ** 2 / variance))

    def surrogate(self, objective: int = 0) -> Surrogate:
        """Return the model of one objective, with pending trials included."""
        return self._conditioned[objective]

    def log_feasibility(self, X: FloatArray) -> FloatArray:
        """Return the log probability of a usable value at points ``(n, d)``; shape ``(n,)``."""
        return self._feasibility.log_probability(X)

    @property
    def completed_X(self) -> FloatArray:
        """Points of the completed trials with all objectives, shape ``(c, d)``."""
        return np.asarray(self.X[self._complete])

    def completed_means(self) -> FloatArray:
        """Return the models' means at `completed_X`, without noise; shape ``(c, k)``."""
        return _predictions(self._models, self.completed_X)[0]

    def typical(self, n_first: int) -> FloatArray:
        """Return the median response of the first trials, without NaN; shape ``(k,)``."""
        rows = self._responses[self._succeeded][:n_first]
        medians = [
            np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0
            for column in rows.T
        ]
        return np.array(medians)


def _predictions(models: Sequence[Surrogate], X: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return means and variances of all models at points ``(n, d)``; both of shape ``(n, k)``."""
    mean, variance = np.stack([m.predict(X) for m in models], axis=-1)
    _require_finite(mean, variance)
    return mean, variance


def _require_finite(mean: FloatArray, variance: FloatArray) -> None:
    """Raise FloatingPointError for NaN, which would silently move the maximum of an acquisition."""
    if not np.isfinite(mean).all() or not np.isfinite(variance).all():
        raise FloatingPointError("the model predicts NaN or infinity")


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
