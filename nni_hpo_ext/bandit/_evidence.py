"""What an arm may look at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.acquisition import Acquisition, Acquisitions, Maximiser, untried
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.surrogates import (
    Fits,
    GaussianProcess,
    IntegratedGaussianProcess,
    ObjectiveModels,
    ParzenEstimator,
    RandomForest,
    SurrogateClass,
    losses,
    response,
)
from nni_hpo_ext.types import Objective, Params, Trial

__all__ = ["MODELS", "Evidence", "ModelFits"]

MODELS: dict[str, SurrogateClass] = {
    "GP": IntegratedGaussianProcess,
    "GP-NM": GaussianProcess,
    "RF": RandomForest,
    "TPE": ParzenEstimator,
}

# Fits by model and response, kept from suggestion to suggestion.
ModelFits = dict[tuple[str, str], Fits]


class Evidence:
    """The trials so far, and models of them that all arms share.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    objective
        What is optimised.
    trials
        Trials that have ended, with one value each, none if failed.
    pending
        Configurations being tried.
    maximiser
        Searches for the maximum of an acquisition function.
    seed
        Seeds what is random in the models.
    n_fitted
        Hyperparameters are fitted to the first so many trials only.
    fits
        Where fits are kept for later.
    """

    def __init__(
        self,
        space: SearchSpace,
        objective: Objective,
        trials: Sequence[Trial],
        pending: Sequence[Params],
        *,
        maximiser: Maximiser,
        seed: int,
        n_fitted: int,
        fits: ModelFits,
    ) -> None:
        self.space = space
        self.objective = objective
        self.trials = tuple(trials)
        self.pending = tuple(pending)
        self._maximiser = maximiser
        self._seed = seed
        self._n_fitted = n_fitted
        self._fits = fits
        self._models: dict[tuple[str, str], ObjectiveModels] = {}

    @cached_property
    def X(self) -> FloatArray:
        """Points of all ended trials, shape ``(n, d)``."""
        return self.space.encode_all(t.params for t in self.trials)

    @cached_property
    def losses(self) -> FloatArray:
        """Their values turned to minimisation, NaN for a failed trial; shape ``(n,)``."""
        return np.asarray(losses(self.trials, [self.objective])[:, 0])

    def models(self, model: str, respond: str) -> ObjectiveModels:
        """Return a model of the objective, made at the first call.

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
        """Return the untried point, ``(d,)``, of greatest acquisition; None if none is left.

        Parameters
        ----------
        acquisition
            Takes points ``(n, d)``, returns values ``(n,)``.
        rng
            Source of randomness.
        anchors
            Promising points, ``(m, d)``, whose neighbourhoods are searched too.
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
        """Tell which of the points ``(n, d)`` are neither tried nor being tried; shape ``(n,)``."""
        return untried(X, self._tried)

    @cached_property
    def _tried(self) -> FloatArray:
        return np.vstack([self.X, self.space.encode_all(self.pending)])
