"""Functional analysis of variance of a random forest (fANOVA).

Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter importance",
ICML 2014. Each tree partitions the unit cube into boxes, one per leaf, and predicts a constant
``v_l`` in each. Let ``o_i(l, m)`` be the overlap of boxes ``l`` and ``m`` along dimension ``i``,
and ``V_l`` the volume of box ``l``. The part of the variance that the parameters in ``U`` explain
together is, exactly (their equations 5 to 9, with the integral of the squared marginal written as
a sum over pairs of leaves)::

    sum over l, m of  w_l w_m prod(i in U) o_i(l, m)  -  mean^2,
    w_l = v_l V_l / prod(i in U) o_i(l, l)

Shapes: ``n`` trials, ``d`` dimensions, ``L`` leaves of a tree, ``T`` trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from nni_hpo_ext.report._leaves import Leaves, columns, leaves_of
from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["Anova"]

_N_TREES = 48
_MAX_FEATURES = 5 / 6
# With fewer trials per leaf the trees fit noise; with more they miss narrow regions.
_SMALLEST_LEAF = 2
_LEAVES = 100


class Anova:
    """Parameter importance from a random forest fitted to the trials.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    X
        Points of the unit cube, shape ``(n, d)``.
    y
        Finite values, shape ``(n,)``.

    Examples
    --------
    >>> import numpy as np
    >>> from nni_hpo_ext.space import SearchSpace
    >>> number = {"_type": "uniform", "_value": [0, 1]}
    >>> X = np.random.default_rng(0).random((60, 2))
    >>> anova = Anova(SearchSpace({"a": number, "b": number}), X, X[:, 0])
    >>> int(anova.main.mean(axis=0).argmax())  # y is the first parameter
    0
    """

    def __init__(self, space: SearchSpace, X: FloatArray, y: FloatArray) -> None:
        self._space = space
        F = columns(space, X)
        smallest = max(_SMALLEST_LEAF, len(y) // _LEAVES)
        forest = RandomForestRegressor(
            n_estimators=_N_TREES,
            max_features=_MAX_FEATURES,
            min_samples_leaf=smallest,
            random_state=0,
        )
        forest.fit(F, y)
        self._trees = [leaves_of(tree.tree_, space) for tree in forest.estimators_]
        self.explained = _explained(forest, F, y)

    @cached_property
    def _varying(self) -> list[Leaves]:
        """The trees with more than one leaf."""
        return [t for t in self._trees if t.variance > 0]

    @cached_property
    def main(self) -> FloatArray:
        """Share of the variance that each parameter explains by itself, shape ``(T, d)``.

        Empty if the forest is constant.
        """
        d = len(self._space)
        rows = [[t.explained([i]) / t.variance for i in range(d)] for t in self._varying]
        return np.array(rows).reshape(len(rows), d)

    def together(self, dims: Sequence[int]) -> FloatArray:
        """Return the share explained by a set of parameters with interactions, shape ``(T,)``."""
        return np.array([t.explained(dims) / t.variance for t in self._varying])

    def interaction(self, i: int, j: int) -> FloatArray:
        """Return the share explained by the interaction of two parameters, shape ``(T,)``."""
        beyond = self.together([i, j]) - self.main[:, i] - self.main[:, j]
        return np.maximum(beyond, 0.0)

    def marginal(self, i: int, u: FloatArray) -> FloatArray:
        """Return the prediction of each tree along one dimension, averaged over all others.

        Parameters
        ----------
        i
            The dimension.
        u
            Coordinates, shape ``(g,)``.

        Returns
        -------
        numpy.ndarray
            Shape ``(T, g)``.
        """
        return np.array([t.inside(i, u) @ t.weights([i]) for t in self._trees])

    def marginal_pair(self, i: int, j: int, u: FloatArray, v: FloatArray) -> FloatArray:
        """Return the mean prediction on a grid of two dimensions, averaged over all others.

        ``u`` and ``v`` have shapes ``(g,)`` and ``(h,)``, the result ``(g, h)``.
        """
        grids = [(t.inside(i, u) * t.weights([i, j])) @ t.inside(j, v).T for t in self._trees]
        return np.asarray(np.mean(grids, axis=0))


def _explained(forest: RandomForestRegressor, F: FloatArray, y: FloatArray) -> float:
    """Return the share of the variance that the forest explains out of bag."""
    n = len(y)
    seen = np.ones((len(forest.estimators_), n), dtype=bool)
    for row, sample in zip(seen, forest.estimators_samples_, strict=True):
        row[:] = np.bincount(sample, minlength=n) > 0
    predicted = np.array([tree.predict(F) for tree in forest.estimators_])
    counts = (~seen).sum(axis=0)
    judged = counts > 0
    mean = np.where(seen, 0.0, predicted).sum(axis=0)[judged] / counts[judged]
    spread = ((y[judged] - y[judged].mean()) ** 2).sum()
    return float(1 - ((y[judged] - mean) ** 2).sum() / spread) if spread > 0 else 0.0
