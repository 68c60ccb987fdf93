"""Random forest regression with uncertainty from the spread of its trees."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.tree import ExtraTreeRegressor

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._features import Features

__all__ = ["RandomForest"]

_N_TREES = 40
_MAX_FEATURES = 5 / 6
_MIN_VARIANCE = 1e-6
_CALIBRATION = (0.05, 2.0)


class RandomForest:
    """Forest of trees with random splits, each grown on a bootstrap sample of the trials.

    Mean and variance are those of a mixture of the trees: the variance is that of their means plus
    the mean of the variances in their leaves (Hutter, Xu, Hoos and Leyton-Brown, "Algorithm runtime
    prediction", 2014, equation 4). It is scaled to match the out-of-bag errors, because the spread
    of single trees exceeds the error of their mean. Random splits (Geurts et al., 2006) make the
    mean smoother, and let the variance grow between the trials.

    Parameters
    ----------
    features
        Conversion of points to columns.

    Examples
    --------
    >>> from nni_hpo_ext.space import SearchSpace
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> X = np.linspace(0.05, 0.95, 10)[:, None]
    >>> forest = RandomForest(Features(space)).fit(X, X[:, 0], rng=np.random.default_rng(0))
    >>> mean, variance = forest.predict(np.array([[0.1], [0.9]]))
    >>> bool(mean[0] < mean[1])
    True
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        self._seed = 0
        self._calibration = 1.0
        self._F = np.empty((0, 0))
        self._y = np.empty(0)
        self._trees: list[_Tree] = []

    def fit(self, X: FloatArray, y: FloatArray, *, rng: np.random.Generator) -> Self:
        """Grow the trees.

        Parameters
        ----------
        X
            Points of the unit cube, ``(n, d)``, n at least 1.
        y
            Values, ``(n,)``; smaller is better.
        rng
            The only source of randomness.
        """
        self._seed = int(rng.integers(2**31))
        return self._grow(self._features.transform(X), y)

    def conditioned_on(self, X: FloatArray, y: FloatArray, noise: FloatArray | None = None) -> Self:
        """Return a forest grown on other data from the same seed.

        Parameters
        ----------
        X, y
            The data, shapes ``(n, d)`` and ``(n,)``.
        noise
            Ignored: the trees average values whatever their variance.
        """
        F = self._features.transform(X)
        if np.array_equal(F, self._F) and np.array_equal(y, self._y):
            return self
        return self._copy()._grow(F, y)

    def with_fantasies(self, X: FloatArray) -> Self:
        """Return a forest that is also grown on its own mean at points ``(p, d)``."""
        if not len(X):
            return self
        F = np.vstack([self._F, self._features.transform(X)])
        return self._copy()._grow(F, np.concatenate([self._y, self.predict(X)[0]]))

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance at points ``(n, d)``; shapes ``(n,)`` and ``(n,)``."""
        F = self._columns(self._features.transform(X)).astype(np.float32)
        means, variances = np.array([tree.predict(F) for tree in self._trees]).swapaxes(0, 1)
        variance = means.var(axis=0) + variances.mean(axis=0)
        return means.mean(axis=0), np.maximum(self._calibration * variance, _MIN_VARIANCE)

    def leave_one_out(self) -> tuple[FloatArray, FloatArray]:
        """Return the out-of-bag mean and variance at each training point.

        Shapes ``(n,)`` and ``(n,)``. A point in the samples of all trees is predicted by all.
        """
        F = self._columns(self._F).astype(np.float32)
        means, variances = np.array([tree.predict(F) for tree in self._trees]).swapaxes(0, 1)
        unseen = np.array([tree.counts == 0 for tree in self._trees])
        weights = np.where(unseen.any(axis=0), unseen, True) * 1.0
        weights /= weights.sum(axis=0)
        mean = (weights * means).sum(axis=0)
        variance = (weights * (variances + (means - mean) ** 2)).sum(axis=0)
        return mean, np.maximum(self._calibration * variance, _MIN_VARIANCE)

    @staticmethod
    def _columns(F: FloatArray) -> FloatArray:
        """Return a constant column if there are no columns, because trees need one."""
        return F if F.shape[1] else np.zeros((len(F), 1))

    def _copy(self) -> Self:
        copy = type(self)(self._features)
        copy._seed = self._seed
        return copy

    def _grow(self, F: FloatArray, y: FloatArray) -> Self:
        self._F, self._y = F, y
        rng = np.random.default_rng(self._seed)
        self._trees = [_Tree(self._columns(F), y, rng) for _ in range(_N_TREES)]
        self._calibration = 1.0
        mean, variance = self.leave_one_out()
        ratio = float(((y - mean) ** 2).mean() / variance.mean())
        self._calibration = float(np.clip(ratio, *_CALIBRATION))
        return self


class _Tree:
    """One tree.

    Attributes
    ----------
    counts : numpy.ndarray
        How often each trial is in the bootstrap sample, shape ``(n,)``.
    """

    def __init__(self, F: FloatArray, y: FloatArray, rng: np.random.Generator) -> None:
        seed = int(rng.integers(2**31))
        rows = rng.integers(len(y), size=len(y))
        self.counts = np.bincount(rows, minlength=len(y)).astype(float)
        # Leaves may hold two trials; with a single one their variance would always be zero.
        tree = ExtraTreeRegressor(
            max_features=_MAX_FEATURES,
            min_samples_split=3,
            random_state=np.random.RandomState(seed),
        )
        tree.fit(F, y, sample_weight=self.counts)
        self._tree = tree.tree_
        self._means = tree.tree_.value[:, 0, 0]
        self._variances = tree.tree_.impurity

    def predict(self, F: npt.NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
        alone = self._tree.node_count == 1
        leaves = np.zeros(len(F), dtype=int) if alone else self._tree.apply(F)
        return self._means[leaves], self._variances[leaves]
