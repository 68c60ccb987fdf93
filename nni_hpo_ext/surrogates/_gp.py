"""Gaussian process regression with an ARD Matern-5/2 kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._features import Features
from nni_hpo_ext.surrogates._gp_posterior import (
    JITTER,
    SHORT,
    LengthscalePrior,
    Prior,
    matern,
    negative_log_posterior,
    squared_distances,
)
from nni_hpo_ext.surrogates._laplace import laplace_draws

__all__ = ["GaussianProcess"]

# Most points that hyperparameters are fitted to; predictions use all of them.
_MAX_FITTED = 300
_LOG_BOUNDS = {"lengthscale": (-4.0, 6.0), "scale": (-4.0, 4.0), "noise": (-14.0, 0.7)}


@dataclass(frozen=True)
class _Hyperparameters:
    """Hyperparameters on a log scale.

    Attributes
    ----------
    values
        Log length scales of the groups, then log signal variance, then log noise variance;
        shape ``(g + 2,)``.
    """

    values: FloatArray

    @property
    def log_lengthscales(self) -> FloatArray:
        return self.values[:-2]

    @property
    def scale(self) -> float:
        return float(np.exp(self.values[-2]))

    @property
    def noise(self) -> float:
        return float(np.exp(self.values[-1]))


class GaussianProcess:
    """Regression ``y = f(x) + noise`` with a Matern-5/2 prior on f (Rasmussen and Williams 2006).

    Hyperparameters maximise the posterior. All priors are log-normal: that on the noise favours
    small values, and that on the signal variance is centred at 1, the variance of standardised
    data.

    Parameters
    ----------
    features
        Conversion of points to columns.
    lengthscales
        Prior on the length scales.

    Examples
    --------
    >>> from nni_hpo_ext.space import SearchSpace
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> X = np.linspace(0.05, 0.95, 10)[:, None]
    >>> gp = GaussianProcess(Features(space))
    >>> gp = gp.fit(X, np.sin(6 * X[:, 0]), rng=np.random.default_rng(0))
    >>> mean, variance = gp.predict(np.array([[0.3]]))
    >>> bool(abs(mean[0] - np.sin(1.8)) < 0.05)
    True
    """

    def __init__(self, features: Features, lengthscales: LengthscalePrior = SHORT) -> None:
        self._features = features
        self._theta: _Hyperparameters | None = None
        self._prior = Prior(features.n_groups, lengthscales)
        of_lengthscales = [_LOG_BOUNDS["lengthscale"]] * features.n_groups
        self._bounds = np.array([*of_lengthscales, _LOG_BOUNDS["scale"], _LOG_BOUNDS["noise"]])

    def fit(self, X: FloatArray, y: FloatArray, *, rng: np.random.Generator) -> GaussianProcess:
        """Fit the hyperparameters and condition on the data.

        Parameters
        ----------
        X
            Points of the unit cube, shape ``(n, d)``, n at least 1.
        y
            Values, shape ``(n,)``; best standardised.
        rng
            Draws the subset that the hyperparameters are fitted to if n is large.
        """
        F = self._features.transform(X)
        chosen = _subset(len(X), rng)
        self._theta = self._maximise_posterior(F[chosen], y[chosen])
        return self._condition(F, y)

    def posterior_draws(
        self, X: FloatArray, y: FloatArray, n: int, *, rng: np.random.Generator
    ) -> tuple[list[GaussianProcess], FloatArray]:
        """Draw hyperparameters from a normal approximation of their posterior.

        Parameters
        ----------
        X, y
            The data that the process was fitted to, shapes ``(n, d)`` and ``(n,)``.
        n
            Number of draws; the fitted hyperparameters are the first of them.
        rng
            Source of randomness.

        Returns
        -------
        list of GaussianProcess
            Processes conditioned on the data.
        numpy.ndarray
            Importance weights, shape ``(n,)``, which sum to 1.
        """
        F = self._features.transform(X)
        chosen = _subset(len(X), rng)
        args = F[chosen], y[chosen] - y[chosen].mean(), self._features.owner, self._prior
        thetas, weights = laplace_draws(
            lambda theta: negative_log_posterior(theta, *args), self._fitted.values, n, rng
        )
        draws = []
        for theta in thetas:
            draw = GaussianProcess(self._features)
            draw._theta = _Hyperparameters(np.clip(theta, *self._bounds.T))
            draws.append(draw._condition(F, y))
        return draws, weights

    def conditioned_on(
        self, X: FloatArray, y: FloatArray, noise: FloatArray | None = None
    ) -> GaussianProcess:
        """Return a copy with the same hyperparameters and other data.

        Parameters
        ----------
        X, y
            The data, shapes ``(n, d)`` and ``(n,)``.
        noise
            Variance of each value in addition to the fitted noise, shape ``(n,)``.
        """
        return self._copy()._condition(self._features.transform(X), y, noise)

    def with_fantasies(self, X: FloatArray) -> GaussianProcess:
        """Return a copy that is also conditioned on its own mean at points ``(p, d)``.

        The mean does not change; the variance around the points shrinks.
        """
        if not len(X):
            return self
        mean, _ = self.predict(X)
        F = np.vstack([self._F, self._features.transform(X)])
        noise = np.concatenate([self._noise, np.zeros(len(X))])
        return self._copy()._condition(F, np.concatenate([self._y, mean]), noise)

    def _copy(self) -> GaussianProcess:
        copy = GaussianProcess(self._features)
        copy._theta = self._theta
        return copy

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of f at points ``(n, d)``; shapes ``(n,)`` and ``(n,)``."""
        return self.predict_columns(self._features.transform(X))

    def predict_columns(self, F: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Do so at points whose feature columns ``(n, m)`` are known."""
        theta = self._fitted
        K = matern(squared_distances(self._scaled(F), self._train))
        K *= theta.scale
        mean = np.asarray(K @ self._alpha + self._mean)
        V = solve_triangular(self._L, K.T, lower=True, check_finite=False)
        variance = np.maximum(theta.scale - np.einsum("ij,ij->j", V, V), 1e-12)
        return mean, np.asarray(variance)

    def leave_one_out(self) -> tuple[FloatArray, FloatArray]:
        """Return the leave-one-out mean and variance at each training point.

        Equations (5.12) of Rasmussen and Williams, with noise; shapes ``(n,)`` and ``(n,)``.
        """
        lower, _ = dpotri(self._L, lower=1)
        variance = 1.0 / np.diag(lower)
        return self._y - self._alpha * variance, variance

    @property
    def noise(self) -> float:
        """Fitted noise variance, in units of ``y`` squared."""
        return self._fitted.noise

    @property
    def lengthscales(self) -> FloatArray:
        """Fitted length scale of each group, in units of the unit cube; shape ``(g,)``."""
        return np.asarray(np.exp(self._fitted.log_lengthscales))

    @property
    def _fitted(self) -> _Hyperparameters:
        if self._theta is None:
            raise RuntimeError("the Gaussian process is not fitted; call fit first")
        return self._theta

    def _scaled(self, F: FloatArray) -> FloatArray:
        return np.asarray(F * np.exp(-self._fitted.log_lengthscales[self._features.owner]))

    def _condition(
        self, F: FloatArray, y: FloatArray, noise: FloatArray | None = None
    ) -> GaussianProcess:
        theta = self._fitted
        self._F, self._y = F, y
        self._noise = np.zeros(len(y)) if noise is None else noise
        self._train = self._scaled(F)
        self._mean = float(y.mean())
        K = theta.scale * matern(squared_distances(self._train, self._train))
        K[np.diag_indices_from(K)] += self._noise + theta.noise + JITTER * theta.scale
        self._L = cholesky(K, lower=True, check_finite=False)
        self._alpha = cho_solve((self._L, True), y - self._mean, check_finite=False)
        return self

    def _maximise_posterior(self, F: FloatArray, y: FloatArray) -> _Hyperparameters:
        # Not started from an earlier fit, so that the result depends on the data alone.
        centred = y - y.mean()
        results = [
            minimize(
                negative_log_posterior,
                start,
                args=(F, centred, self._features.owner, self._prior),
                jac=True,
                method="L-BFGS-B",
                bounds=self._bounds,
                options={"maxiter": 60},
            )
            for start in self._prior.starts
        ]
        return _Hyperparameters(min(results, key=lambda r: float(r.fun)).x)


def _subset(n: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Return the indices of the points that hyperparameters are fitted to."""
    if n <= _MAX_FITTED:
        return np.arange(n)
    return np.sort(rng.choice(n, _MAX_FITTED, replace=False))
