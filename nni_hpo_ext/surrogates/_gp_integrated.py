"""Gaussian process averaged over its hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._gp import GaussianProcess
from nni_hpo_ext.surrogates._gp_mixture import GaussianProcessMixture

__all__ = ["IntegratedGaussianProcess"]

_N_SAMPLES = 6


class IntegratedGaussianProcess(GaussianProcessMixture):
    """Mixture of Gaussian processes with hyperparameters drawn from their posterior.

    Draws come from a normal approximation around the maximum of the posterior (Laplace; MacKay
    2003, chapter 27) and have importance weights. Predictions are averaged over the draws, as in
    Snoek, Larochelle and Adams, "Practical Bayesian optimization", NeurIPS 2012, section 3.2,
    whose Markov chains cost many times more.

    Parameters
    ----------
    features
        Conversion of points to columns.

    Examples
    --------
    >>> from nni_hpo_ext.space import SearchSpace
    >>> from nni_hpo_ext.surrogates import Features
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> X = np.linspace(0.05, 0.95, 10)[:, None]
    >>> gp = IntegratedGaussianProcess(Features(space))
    >>> gp = gp.fit(X, np.sin(6 * X[:, 0]), rng=np.random.default_rng(0))
    >>> mean, variance = gp.predict(np.array([[0.3]]))
    >>> bool(abs(mean[0] - np.sin(1.8)) < 0.05)
    True
    """

    def _fitted_parts(
        self, X: FloatArray, y: FloatArray, rng: np.random.Generator
    ) -> tuple[Sequence[GaussianProcess], FloatArray]:
        best = GaussianProcess(self._features).fit(X, y, rng=rng)
        return best.posterior_draws(X, y, _N_SAMPLES, rng=rng)
