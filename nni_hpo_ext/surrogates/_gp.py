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
from nni_hpo_ext.surrogates._laplace import laplace_draws

__all__ = ["GaussianProcess"]

_SQRT5 = np.sqrt(5.0)
_JITTER = 1e-8
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

    Hyperparameters maximise the posterior. All priors are log-normal: the median length scale
    grows with the square root of the dimension, which keeps the model smooth in high dimensions
    (Hvarfner, Hellsten and Nardi, ICML 2024), the prior on the noise favours small values, and
    that on the signal variance is centred at 1, the variance of standardised data.

    Parameters
    ----------
    features
        Conversion of points to columns.

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

    def __init__(self, features: Features) -> None:
        self._features = features
        self._theta: _Hyperparameters | None = None
        self._prior = _Prior(features.n_groups)
        lengthscales = [_LOG_BOUNDS["lengthscale"]] * features.n_groups
        self._bounds = np.array([*lengthscales, _LOG_BOUNDS["scale"], _LOG_BOUNDS["noise"]])

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
            lambda theta: _negative_log_posterior(theta, *args), self._fitted.values, n, rng
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
        K = _matern(_squared_distances(self._scaled(F), self._train))
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
        K = theta.scale * _matern(_squared_distances(self._train, self._train))
        K[np.diag_indices_from(K)] += self._noise + theta.noise + _JITTER * theta.scale
        self._L = cholesky(K, lower=True, check_finite=False)
        self._alpha = cho_solve((self._L, True), y - self._mean, check_finite=False)
        return self

    def _maximise_posterior(self, F: FloatArray, y: FloatArray) -> _Hyperparameters:
        # Not started from an earlier fit, so that the result depends on the data alone.
        centred = y - y.mean()
        results = [
            minimize(
                _negative_log_posterior,
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


class _Prior:
    """Independent normal priors on the logarithms of the hyperparameters."""

    def __init__(self, n_groups: int) -> None:
        dimension = max(n_groups, 1)
        lengthscale = (np.sqrt(2.0) + 0.5 * np.log(dimension), np.sqrt(3.0))
        self.mean = np.array([*[lengthscale[0]] * n_groups, 0.0, -6.0])
        self.std = np.array([*[lengthscale[1]] * n_groups, 1.0, 2.0])
        # Shorter length scales than the prior's: fits increase them faster than they decrease them.
        self.starts = [
            np.array([*[0.5 * np.log(dimension) + shift] * n_groups, 0.0, noise])
            for shift, noise in ((-0.7, -6.0), (0.7, -6.0), (-1.5, -4.0))
        ]

    def negative_log(self, theta: FloatArray) -> tuple[float, FloatArray]:
        z = (theta - self.mean) / self.std
        return 0.5 * float(z @ z), z / self.std


def _negative_log_posterior(
    theta: FloatArray, F: FloatArray, y: FloatArray, owner: npt.NDArray[np.intp], prior: _Prior
) -> tuple[float, FloatArray]:
    """Return the negative log posterior and its gradient, (5.8) and (5.9) of R&W, plus priors."""
    n = len(y)
    scale, noise = np.exp(theta[-2]), np.exp(theta[-1])
    A = F * np.exp(-theta[:-2][owner])
    r2 = _squared_distances(A, A)
    signal = scale * _matern(r2)
    K = signal.copy()
    K[np.diag_indices(n)] += noise + _JITTER * scale
    try:
        L = cholesky(K, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        return 1e10, np.zeros_like(theta)
    alpha = cho_solve((L, True), y, check_finite=False)
    lower, _ = dpotri(L, lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    value = 0.5 * float(y @ alpha) + float(np.log(np.diag(L)).sum()) + 0.5 * n * np.log(2 * np.pi)
    W = inverse - np.outer(alpha, alpha)  # d value / d K = W / 2
    M = W * (scale * _matern_slope(r2))
    # sum_ab M_ab (A_aj - A_bj)^2 = 2 (sum_a A_aj^2 sum_b M_ab - A_j' M A_j), for all columns j
    per_column = 2.0 * (M.sum(axis=1) @ (A * A) - np.einsum("aj,aj->j", A, M @ A))
    gradient = np.empty_like(theta)
    # d r2 / d log lengthscale = -2 r2's share of the column
    gradient[:-2] = -np.bincount(owner, weights=per_column, minlength=len(theta) - 2)
    gradient[-2] = 0.5 * float((W * signal).sum()) + 0.5 * float(np.trace(W)) * _JITTER * scale
    gradient[-1] = 0.5 * float(np.trace(W)) * noise
    penalty, penalty_gradient = prior.negative_log(theta)
    return value + penalty, gradient + penalty_gradient


def _squared_distances(A: FloatArray, B: FloatArray) -> FloatArray:
    """Return squared Euclidean distances of rows, shape ``(len(A), len(B))``."""
    r2: FloatArray = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)[None, :] - 2.0 * A @ B.T
    return np.maximum(r2, 0.0, out=r2)


def _matern(r2: FloatArray) -> FloatArray:
    """Return the Matern-5/2 correlation of squared distances."""
    r = _SQRT5 * np.sqrt(r2)
    return np.asarray((1.0 + r + r2 * (5.0 / 3.0)) * np.exp(-r))


def _matern_slope(r2: FloatArray) -> FloatArray:
    """Return the derivative of `_matern` with respect to the squared distance."""
    r = _SQRT5 * np.sqrt(r2)
    return np.asarray(-(5.0 / 6.0) * (1.0 + r) * np.exp(-r))
