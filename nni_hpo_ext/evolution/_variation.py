"""Crossover and mutation of configurations, as points of the unit cube."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import Domain, FloatArray, SearchSpace

__all__ = ["offspring"]

BoolArray = npt.NDArray[np.bool_]

# Standard deviations of numeric steps, as shares of a parameter's range. They are drawn
# log-uniformly, so that one setting serves the first trials and the last ones.
_STEPS = (0.03, 0.3)


def offspring(space: SearchSpace, parents: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a child of one or more parents, with at least one parameter changed.

    Each parameter comes from a random parent that has it (uniform crossover; Syswerda, 1989) and
    is changed with probability 1 / (number of active parameters). Parameters under an option that
    no parent has are drawn at random.

    Parameters
    ----------
    space
        The search space.
    parents
        Encoded configurations of shape ``(p, d)``.
    rng
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        A snapped point of shape ``(d,)``.

    Examples
    --------
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]},
    ...                      "act": {"_type": "choice", "_value": ["relu", "tanh"]}})
    >>> parent = space.encode({"x": 0.5, "act": "relu"})
    >>> child = offspring(space, parent[None], np.random.default_rng(0))
    >>> space.decode(child) != space.decode(parent)
    True
    """
    active = space.active(parents)
    is_changed = _changed(space, active[0], rng)
    child = np.full(len(space), 0.5)
    for i, dim in enumerate(space.dimensions):
        if not space.is_active(dim, child[:i]):
            continue
        donors = np.flatnonzero(active[:, i])
        if not len(donors):
            child[i] = rng.random()
            continue
        child[i] = parents[rng.choice(donors), i]
        if is_changed[i]:
            child[i] = _step(dim.domain, child[i], rng)
    return np.asarray(space.snap(child[None])[0])


def _changed(space: SearchSpace, active: BoolArray, rng: np.random.Generator) -> BoolArray:
    """Return which parameters to change; shape ``(d,)``."""
    variable = np.array([dim.domain.n_values != 1 for dim in space.dimensions]) & active
    candidates = np.flatnonzero(variable)
    is_changed = rng.random(len(space)) < 1 / max(1, len(candidates))
    if len(candidates) and not is_changed[candidates].any():
        is_changed[rng.choice(candidates)] = True
    return is_changed


def _step(domain: Domain, u: float, rng: np.random.Generator) -> float:
    """Return the coordinate of another value, near ``u`` if the values are ordered."""
    n = domain.n_values
    if n == 1:
        return u
    if domain.kind == "categorical":
        assert n is not None
        cell = (int(u * n) + 1 + int(rng.integers(n - 1))) % n
        return (cell + 0.5) / n
    sigma, before = _log_uniform(rng), domain.snap(np.array([u]))
    while True:
        v = _reflected(u + sigma * rng.normal())
        if domain.snap(np.array([v]))[0] != before[0]:
            return v
        sigma *= 2  # the step was smaller than the distance to the next value


def _log_uniform(rng: np.random.Generator) -> float:
    low, high = np.log(_STEPS)
    return float(np.exp(rng.uniform(low, high)))


def _reflected(v: float) -> float:
    """Reflect a coordinate at the bounds of the unit interval."""
    v = v % 2
    return 2 - v if v > 1 else v
