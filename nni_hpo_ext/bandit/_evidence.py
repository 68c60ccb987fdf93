"""Data and models that arms base their nominations on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.acquisition import Acquisition, Acquisitions, Maximiser, untried
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.surrogates import (
    Fits,
    IntegratedGaussianProcess,
    ObjectiveModels,
    ParzenEstimator,
    RandomForest,
    SurrogateClass,
    TwoPriorGaussianProcess,
    losses,
    response,
)
from nni_hpo_ext.types import Forecasts, Objective, Params, Trial

__all__ = ["MODELS", "Evidence", "ModelFits"]

MODELS: dict[str, SurrogateClass] = {
    "GP": IntegratedGaussianProcess,
    "GP-NM": TwoPriorGaussianProcess,
    "RF": RandomForest,
    "TPE": ParzenEstimator,
}

# Fits by model and response, cached between suggestions.
ModelFits = dict[tuple[str, str], Fits]


class Evidence:
    """The trials so far, and their models, which all arms share.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    objective
        The objective.
    trials
        Finished trials, with one value each, or none if failed.
    pending
        Running configurations.
    running
        Those of the running configurations whose final values can be predicted, and the
        predictions.
    maximiser
        Maximises acquisition functions.
    seed
        Seed of the models.
    n_fitted
        Number of first trials that hyperparameters are fitted to.
    fits
        Cache of fits, which is updated.
    suggested
        Number of suggestions of the search so far.
    """

    def __init__(
        self,
        space: SearchSpace,
        objective: Objective,
        trials: Sequence[Trial],
        pending: Sequence[Params],
        *,
        running: Sequence[tuple[Params, Forecasts]] = (),
        maximiser: Maximiser,
        seed: int,
        n_fitted: int,
        fits: ModelFits,
        suggested: int,
    ) -> None:
        self.space = space
        self.objective = objective
        self.trials = tuple(trials)
        self.pending = tuple(pending)
        self.suggested = suggested
        self._running = tuple(running)
        self._maximiser = maximiser
        self._seed = seed
        self._n_fitted = n_fitted
        self._fits = fits
        self._models: dict[tuple[str, str], ObjectiveModels] = {}

    @cached_property
    def X(self) -> FloatArray:
        """Points of all finished trials, shape ``(n, d)``."""
        return self.space.encode_all(t.params for t in self.trials)

    @cached_property
    def losses(self) -> FloatArray:
        """Their losses to be minimised, NaN for a failed trial; shape ``(n,)``."""
        return np.asarray(losses(self.trials, [self.objective])[:, 0])

    def models(self, model: str, respond: str) -> ObjectiveModels:
        """Return a model of the objective, which the first call fits.

        Parameters
        ----------
        model
            A key of `MODELS`.
        respond
            A key of `nni_hpo_ext.surrogates.RESPONSES`.
        """
        key = model, respond
        if key not in self._models:
            names = list(MODELS)
            self._models[key] = ObjectiveModels(
                self.space,
                [self.objective],
                self.trials,
                self.pending,
                running=self._running,
                n_fitted=self._n_fitted,
                seed=self._seed,
                stream=names.index(model),
                fits=self._fits.setdefault(key, {}),
                surrogate=MODELS[model],
                respond=response(respond),
                X=self.X,
            )
        return self._models[key]

    def maximise(
        self, acquisition: Acquisition, rng: np.random.Generator, *, anchors: FloatArray
    ) -> FloatArray | None:
        """Return the untried point, ``(d,)``, of largest acquisition, None if none is left.

        Parameters
        ----------
        acquisition
            Maps points ``(n, d)`` to values ``(n,)``.
        rng
            Source of randomness.
        anchors
            Promising points, ``(m, d)``, around which more candidates are drawn.
        """
        return self._maximiser(acquisition, rng, anchors=anchors, taboo=self._tried)

    def maximise_several(
        self, acquisitions: Acquisitions, rng: np.random.Generator, *, anchors: FloatArray
    ) -> FloatArray | None:
        """Do so for ``a`` acquisition functions of the same model; shape ``(a, d)``.

        Parameters
        ----------
        acquisitions
            Takes points ``(n, d)``, returns values ``(a, n)``.
        rng, anchors
            As for one function.
        """
        return self._maximiser.several(acquisitions, rng, anchors=anchors, taboo=self._tried)

    def untried(self, X: FloatArray) -> npt.NDArray[np.bool_]:
        """Return which points ``(n, d)`` are neither tried nor running; shape ``(n,)``."""
        return untried(X, self._tried)

    @cached_property
    def _tried(self) -> FloatArray:
        return np.vstack([self.X, self.space.encode_all(self.pending)])
