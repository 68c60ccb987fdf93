"""Gaussian processes under two priors on the length scales."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._gp import GaussianProcess
from nni_hpo_ext.surrogates._gp_mixture import GaussianProcessMixture
from nni_hpo_ext.surrogates._gp_posterior import LONG, SHORT

__all__ = ["TwoPriorGaussianProcess"]

# Above this number of trials the data outweigh the prior, and one fit saves half of the time.
_FEW = 200


class TwoPriorGaussianProcess(GaussianProcessMixture):
    """Mixture of a Gaussian process with short and one with long length scales, in equal parts.

    Few trials do not tell whether a function is smooth, with few parameters that matter, or rough,
    with many. A fit under one prior assumes one of the two. Left-out predictions of few trials are
    no guide to the weights, which are therefore equal. With more than 200 trials there is only the
    fit with long ones.

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
    >>> gp = TwoPriorGaussianProcess(Features(space))
    >>> gp = gp.fit(X, np.sin(6 * X[:, 0]), rng=np.random.default_rng(0))
    >>> mean, variance = gp.predict(np.array([[0.3]]))
    >>> bool(abs(mean[0] - np.sin(1.8)) < 0.05)
    True
    """

    def _fitted_parts(
        self, X: FloatArray, y: FloatArray, rng: np.random.Generator
    ) -> tuple[Sequence[GaussianProcess], FloatArray]:
        priors = (SHORT, LONG) if len(X) <= _FEW else (LONG,)
        parts = [GaussianProcess(self._features, p).fit(X, y, rng=rng) for p in priors]
        return parts, np.full(len(parts), 1.0 / len(parts))
