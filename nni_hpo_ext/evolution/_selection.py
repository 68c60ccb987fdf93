"""Order trials from best to worst, for one or more objectives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.multiobjective import pareto_mask

__all__ = ["best_first"]

FloatArray = npt.NDArray[np.float64]


def best_first(Y: npt.ArrayLike, n: int) -> list[int]:
    """Return the rows of the ``n`` best points, the best first.

    Points are compared by their front of the non-dominated sorting and then by their crowding
    distance (NSGA-II; Deb et al., IEEE Transactions on Evolutionary Computation 6, 2002). Points
    with NaN come last. With a single objective this is the order of the values.

    Parameters
    ----------
    Y
        Objective values of shape ``(m, k)``, to be minimised.
    n
        Number of points; all if there are fewer.

    Examples
    --------
    >>> best_first([[1.0, 4.0], [3.0, 3.0], [2.0, 2.0], [4.0, 1.0]], 3)
    [0, 3, 2]
    """
    values = np.asarray(Y, dtype=float)
    if values.shape[1] == 1:
        return [int(i) for i in np.argsort(values[:, 0], kind="stable")[:n]]
    ordered: list[int] = []
    rest = np.arange(len(values))
    while len(rest) and len(ordered) < n:
        on_front = pareto_mask(values[rest])
        if not on_front.any():  # only points with NaN are left
            on_front[:] = True
        front = rest[on_front]
        ordered += front[np.argsort(-_crowding(values[front]), kind="stable")].tolist()
        rest = rest[~on_front]
    return ordered[:n]


def _crowding(Y: FloatArray) -> FloatArray:
    """Return the crowding distance of each point of a front, infinite at its ends (Deb, III-B)."""
    distance = np.zeros(len(Y))
    for column in Y.T:
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        spread = ordered[-1] - ordered[0]
        distance[order[[0, -1]]] = np.inf
        if spread > 0:
            distance[order[1:-1]] += (ordered[2:] - ordered[:-2]) / spread
    return distance
