"""The tree-structured Parzen estimator as a surrogate."""

from __future__ import annotations

from typing import Self

import numpy as np
from scipy.special import expit

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._density import ParzenDensity
from nni_hpo_ext.surrogates._features import Features

__all__ = ["ParzenEstimator"]

_GOOD_SHARE = 0.15
_MAX_GOOD = 25
# Most trials of the other group; if there are more, they are thinned out evenly by rank.
_MAX_BAD = 400


class ParzenEstimator:
    """Densities ``l`` of the good and ``g`` of the other trials (Bergstra et al., NeurIPS 2011).

    The densities are multivariate, which preserves interactions of parameters. Good trials are
    weighted by their improvement over the best of the others (Song et al., 2022, as recommended
    by Watanabe, "Tree-structured Parzen estimator", 2023).

    Parameters
    ----------
    features
        Conversion of points to columns; only its search space is used.

    Examples
    --------
    >>> from nni_hpo_ext.space import SearchSpace
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> X = np.linspace(0.05, 0.95, 10)[:, None]
    >>> tpe = ParzenEstimator(Features(space)).fit(X, X[:, 0], rng=np.random.default_rng(0))
    >>> ratio = tpe.log_ratio(np.array([[0.1], [0.9]]))
    >>> bool(ratio[0] > ratio[1])
    True
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        self._X = np.empty((0, 0))
        self._y = np.empty(0)

    def fit(self, X: FloatArray, y: FloatArray, *, rng: np.random.Generator) -> Self:
        """Split the trials into good and other ones, and estimate both densities.

        Parameters
        ----------
        X
            Points of the unit cube, ``(n, d)``, n at least 1.
        y
            Values, ``(n,)``; smaller is better.
        rng
            Ignored; the fit is deterministic.
        """
        return self._split(X, y, np.empty((0, X.shape[1])))

    def conditioned_on(self, X: FloatArray, y: FloatArray, noise: FloatArray | None = None) -> Self:
        """Return an estimator fitted to other data.

        Parameters
        ----------
        X, y
            The data, shapes ``(n, d)`` and ``(n,)``.
        noise
            Ignored: the estimator ranks values whatever their variance.
        """
        return type(self)(self._features)._split(X, y, np.empty((0, X.shape[1])))

    def with_fantasies(self, X: FloatArray) -> Self:
        """Return an estimator that counts points ``(p, d)`` among the other trials."""
        return type(self)(self._features)._split(self._X, self._y, X) if len(X) else self

    def _split(self, X: FloatArray, y: FloatArray, pending: FloatArray) -> Self:
        self._X, self._y = X, y
        order = np.argsort(y, kind="stable")
        n_good = min(int(np.ceil(_GOOD_SHARE * len(y))), _MAX_GOOD)
        good, bad = order[:n_good], order[n_good:]
        bad = bad[:: -(-len(bad) // _MAX_BAD)] if len(bad) else bad
        self._share = n_good / (len(y) + len(pending))
        space = self._features.space
        self._good = ParzenDensity(space, X[good], _improvements(y[good], y[bad]))
        self._bad = ParzenDensity(space, np.vstack([X[bad], pending]))
        self._mean_good = float(y[good].mean())
        self._mean_bad = float(y[bad].mean()) if len(bad) else self._mean_good
        self._variance = float(max(y.var(), 1e-6))
        return self

    def log_ratio(self, X: FloatArray) -> FloatArray:
        """Return ``log l - log g`` at points ``(n, d)``; shape ``(n,)``.

        The expected improvement increases with it (Bergstra et al., equation 3).
        """
        return self._good.log_density(X) - self._bad.log_density(X)

    def sample_good(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw points from ``l``, shape ``(n, d)``."""
        return self._good.sample(n, rng)

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance at points ``(n, d)``; shapes ``(n,)`` and ``(n,)``.

        They are those of a mixture of the two groups, with ``p = P(good | x)`` by Bayes' rule.
        """
        odds = np.log(self._share / max(1.0 - self._share, 1e-9))
        p = expit(self.log_ratio(X) + odds)
        gap = self._mean_bad - self._mean_good
        return self._mean_bad - p * gap, p * (1.0 - p) * gap**2 + 0.1 * self._variance


def _improvements(good: FloatArray, bad: FloatArray) -> FloatArray:
    """Return weights of the good trials, of mean 1; shape ``(len(good),)``."""
    threshold = bad.min() if len(bad) else good.max()
    gain = threshold - good
    if gain.sum() <= 0.0:
        return np.ones(len(good))
    # Half of the weight is equal, so that one lucky trial does not dominate.
    return np.asarray(0.5 + 0.5 * gain / gain.mean())
