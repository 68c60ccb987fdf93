"""Parzen density estimation over mixed spaces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, logsumexp, ndtr, ndtri

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["ParzenDensity"]

# Weight of the uniform prior, in trials.
_PRIOR_WEIGHT = 1.0
# Smallest bandwidth, relative to the range; few trials raise it further.
_NARROWEST = 0.01
# Scott's rule assumes one normal mode, but the good trials may form several.
_WIDENING = 1.5


class ParzenDensity:
    """Mixture of one product kernel per point and a uniform prior.

    The kernel of a continuous coordinate is a normal density truncated to [0, 1]. For finitely
    many ordered values it is the mass of that density in the cell of each value. For an unordered
    choice it is the point's own option with probability ``1 - h`` and any option with ``h``
    (Aitchison and Aitken, 1976). Bandwidths follow Scott's rule, ``n ** (-1 / (d + 4))`` times the
    spread of the points, widened. A coordinate in a branch that is not chosen has a factor of 1.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    X
        Points, shape ``(n, d)``; n may be 0.
    weights
        Weights of the points, shape ``(n,)``, in trials. The default is 1 for each.

    Examples
    --------
    >>> from nni_hpo_ext.space import SearchSpace
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> density = ParzenDensity(space, np.array([[0.2], [0.3]]))
    >>> log_density = density.log_density(np.array([[0.25], [0.9]]))
    >>> bool(log_density[0] > log_density[1])
    True
    """

    def __init__(
        self, space: SearchSpace, X: FloatArray, weights: FloatArray | None = None
    ) -> None:
        self._space = space
        self._X = X
        self._dimensions = [i for i, dim in enumerate(space.dimensions) if dim.domain.n_values != 1]
        self._active = space.active(X)
        ones = np.ones(len(X)) if weights is None else weights
        total = np.append(ones, _PRIOR_WEIGHT)
        self._weights = total / total.sum()
        self._bandwidths = np.array([self._bandwidth(i) for i in range(len(space))])

    def _bandwidth(self, i: int) -> float:
        """Return Scott's bandwidth, with the spread shrunk towards that of the prior."""
        n = int(self._active[:, i].sum())
        shrink = float((n + 1) ** (-1.0 / (len(self._dimensions) + 4)))
        if self._space.dimensions[i].domain.kind == "categorical":
            options = self._space.dimensions[i].domain.n_values or 1
            return options / (n + options)
        x = self._X[self._active[:, i], i]
        centre = 0.5 if n == 0 else float(x.mean())
        variance = (float(((x - centre) ** 2).sum()) + 1.0 / 12.0) / (n + 1)
        floor = max(_NARROWEST, 1.0 / min(100, n + 2) / 4.0)
        return float(np.clip(_WIDENING * shrink * np.sqrt(variance), floor, 1.0))

    def log_density(self, X: FloatArray) -> FloatArray:
        """Return the log density at points ``(m, d)``, relative to uniform; shape ``(m,)``."""
        logs = np.zeros((len(X), len(self._X) + 1))  # the last column is the prior
        active = self._space.active(X)
        for i in self._dimensions:
            kernel = self._log_kernel(i, X[:, i])
            both = active[:, i][:, None] & self._active[:, i][None, :]
            logs[:, :-1] += np.where(both, kernel, 0.0)
        return np.asarray(logsumexp(logs, axis=1, b=self._weights))

    def _log_kernel(self, i: int, x: FloatArray) -> FloatArray:
        """Return log kernel values, relative to uniform; shape ``(m, n)``."""
        domain, h = self._space.dimensions[i].domain, self._bandwidths[i]
        centres, n = self._X[:, i], domain.n_values
        if domain.kind == "categorical":
            assert n is not None
            same = _cells(x, n)[:, None] == _cells(centres, n)[None, :]
            return np.asarray(np.where(same, np.log(n * (1.0 - h) + h), np.log(h)))
        cut = _log_mass((0.0 - centres) / h, (1.0 - centres) / h)
        if n is None:
            z = (x[:, None] - centres) / h
            return np.asarray(-0.5 * z * z - 0.5 * np.log(2.0 * np.pi) - np.log(h) - cut)
        low = (np.floor(np.minimum(x * n, n - 0.5)) / n)[:, None]
        mass = _log_mass((low - centres) / h, (low + 1.0 / n - centres) / h)
        return np.asarray(mass + np.log(n) - cut)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw ``n`` points, snapped; shape ``(n, d)``."""
        drawn = rng.random((n, len(self._space)))
        parents = rng.choice(len(self._X) + 1, size=n, p=self._weights)
        for i in self._dimensions:
            # The prior's draws, and those of points without this coordinate, stay uniform.
            rows = np.flatnonzero(parents < len(self._X))
            rows = rows[self._active[parents[rows], i]]
            drawn[rows, i] = self._draw(i, self._X[parents[rows], i], drawn[rows, i], rng)
        return self._space.snap(drawn)

    def _draw(
        self, i: int, centres: FloatArray, uniform: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        h = self._bandwidths[i]
        if self._space.dimensions[i].domain.kind == "categorical":
            return np.where(rng.random(len(centres)) < h, uniform, centres)
        low, high = ndtr((0.0 - centres) / h), ndtr((1.0 - centres) / h)
        return np.asarray(np.clip(centres + h * ndtri(low + uniform * (high - low)), 0.0, 1.0))


def _cells(x: FloatArray, n: int) -> npt.NDArray[np.int_]:
    return np.asarray(np.minimum((x * n).astype(int), n - 1))


def _log_mass(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return log(Phi(high) - Phi(low)), precise in both tails."""
    flip = low > 0.0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    upper = log_ndtr(high)
    return np.asarray(upper + np.log1p(-np.exp(np.minimum(log_ndtr(low) - upper, -1e-15))))
