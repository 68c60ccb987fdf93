"""Points that differ from a given one in few parameters."""

from __future__ import annotations

import numpy as np

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["subspace_points"]

# Least change of the first parameter, as a share of its range.
_STEP = 0.1
_OTHERS = 2
_N_POINTS = 4000


def subspace_points(
    space: SearchSpace, centre: FloatArray, turn: int, rng: np.random.Generator
) -> FloatArray:
    """Return random points that differ from ``centre`` in one to three parameters.

    One parameter is given and moves by at least a tenth of its range. The others are two random
    ones, each of which moves in two thirds of the points. A subspace through the incumbent follows
    Kirschner et al., "Adaptive and safe Bayesian optimization in high dimensions via
    one-dimensional subspaces", ICML 2019.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    centre
        The point, shape ``(d,)``.
    turn
        Chooses the parameter that moves: with successive numbers, all take their turns.
    rng
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, d)``; empty if no parameter can move.

    Examples
    --------
    >>> space = SearchSpace({name: {"_type": "uniform", "_value": [0, 1]} for name in "abcde"})
    >>> points = subspace_points(space, np.full(5, 0.5), turn=3, rng=np.random.default_rng(0))
    >>> bool((np.abs(points[:, 3] - 0.5) >= 0.1).all())
    True
    >>> int((points != 0.5).sum(axis=1).max())
    3
    """
    active = space.active(centre[None])[0]
    free = [i for i, d in enumerate(space.dimensions) if active[i] and d.domain.n_values != 1]
    if not free:
        return np.empty((0, len(centre)))
    moving = free.pop(turn % len(free))
    points = np.repeat(centre[None], _N_POINTS, axis=0)
    points[:, moving] = rng.random(_N_POINTS)
    for i in rng.permutation(free)[:_OTHERS]:
        moved = rng.random(_N_POINTS) < 2.0 / 3.0
        points[moved, i] = rng.random(int(moved.sum()))
    points = space.snap(points)
    step = np.abs(points[:, moving] - centre[moving])
    unordered = space.dimensions[moving].domain.kind == "categorical"
    return np.asarray(points[step > 0.0 if unordered else step >= _STEP])
