"""Maximisation of an acquisition function over a mixed space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.space import FloatArray, SearchSpace

__all__ = ["Acquisition", "Acquisitions", "Maximiser", "untried"]

Acquisition = Callable[[FloatArray], FloatArray]
# Several at once: takes points (n, d), returns values (a, n).
Acquisitions = Callable[[FloatArray], FloatArray]

_AT_ONCE = 4000  # points per call of the acquisition function
_STARTS = 6
_NEIGHBOURS = 40
_ROUNDS = 14
# Loss of acquisition at which a parameter still counts as irrelevant: in nats of a log
# acquisition, or in standard deviations of an objective.
_NEGLIGIBLE = 0.1


class Maximiser:
    """Random search followed by a local search around the best candidates.

    The local search moves a few coordinates at a time: numeric ones by normal steps of decreasing
    width, unordered options by a new draw. It is vectorised, so an acquisition function should be
    fast for many points at once.

    Parameters
    ----------
    space
        The search space, of ``d`` dimensions.
    n_candidates
        Number of random candidates.

    Examples
    --------
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> maximise = Maximiser(space)
    >>> none = np.empty((0, 1))
    >>> best = maximise(
    ...     lambda X: -100 * (X[:, 0] - 0.3) ** 2,
    ...     np.random.default_rng(0),
    ...     anchors=none,
    ...     taboo=none,
    ... )
    >>> bool(abs(best[0] - 0.3) < 0.05)
    True
    """

    def __init__(self, space: SearchSpace, n_candidates: int = 1500) -> None:
        self._space = space
        self._n_candidates = n_candidates
        self._free = np.array(
            [i for i, d in enumerate(space.dimensions) if d.domain.n_values != 1], dtype=int
        )
        self._is_option = np.array([d.domain.kind == "categorical" for d in space.dimensions])

    def __call__(
        self,
        acquisition: Acquisition,
        rng: np.random.Generator,
        *,
        anchors: FloatArray,
        taboo: FloatArray,
        climb: bool = True,
    ) -> FloatArray | None:
        """Return the best point found, of shape ``(d,)``.

        Parameters
        ----------
        acquisition
            Maps points ``(n, d)`` to values ``(n,)``.
        rng
            Source of randomness.
        anchors
            Promising points, ``(m, d)``, around which more candidates are drawn.
        taboo
            Points that must not be returned, ``(t, d)``.
        climb
            Whether to search around the best candidates.

        Returns
        -------
        numpy.ndarray or None
            None if all candidates are taboo.
        """
        best = self.several(
            lambda X: acquisition(X)[None], rng, anchors=anchors, taboo=taboo, climb=climb
        )
        return None if best is None else np.asarray(best[0])

    def several(
        self,
        acquisitions: Acquisitions,
        rng: np.random.Generator,
        *,
        anchors: FloatArray,
        taboo: FloatArray,
        climb: bool = True,
    ) -> FloatArray | None:
        """Return the best point found for each of ``a`` acquisition functions, shape ``(a, d)``.

        All of them look at the same candidates, and climb in step. That is worthwhile for functions
        of the same model, whose predictions take most of the time.

        Parameters
        ----------
        acquisitions
            Takes points ``(n, d)``, returns values ``(a, n)``.
        rng, anchors, taboo, climb
            As for one function.

        Returns
        -------
        numpy.ndarray or None
            None if every point that was looked at is taboo.
        """
        forbidden = self._space.snap(taboo) if len(taboo) else taboo
        points = self._space.all_points(rng)
        if points is None:
            points = self._candidates(rng, anchors)
        else:
            climb = False
        points = points[untried(points, forbidden)]
        if not len(points):
            return None
        values = _in_parts(acquisitions, points)
        if not climb:
            return np.asarray(points[values.argmax(axis=1)])
        order = np.argsort(-values, axis=1, kind="stable")[:, :_STARTS]
        starts = np.take_along_axis(values, order, axis=1)
        return self._climb(acquisitions, points[order], starts, forbidden, rng)

    def _candidates(self, rng: np.random.Generator, anchors: FloatArray) -> FloatArray:
        drawn = self._space.sample(self._n_candidates, rng)
        if not len(anchors):
            return drawn
        copies = np.repeat(anchors, -(-self._n_candidates // (2 * len(anchors))), axis=0)
        width = 10.0 ** rng.uniform(-2.5, -0.5, size=(len(copies), 1))
        return np.vstack([drawn, self._step(copies, width, rng)])

    def _climb(
        self,
        acquisitions: Acquisitions,
        points: FloatArray,
        values: FloatArray,
        forbidden: FloatArray,
        rng: np.random.Generator,
    ) -> FloatArray:
        """Search around ``s`` points of each function, ``(a, s, d)``, with values ``(a, s)``."""
        a, s, d = points.shape
        for width in np.geomspace(0.25, 0.002, _ROUNDS):
            around = np.repeat(points.reshape(a * s, d), _NEIGHBOURS, axis=0)
            around = self._step(around, width, rng)
            gains = _own(acquisitions(around), a).reshape(a, s, _NEIGHBOURS)
            gains[~untried(around, forbidden).reshape(gains.shape)] = -np.inf
            winner = gains.argmax(axis=2)[:, :, None]
            gained = np.take_along_axis(gains, winner, axis=2)[:, :, 0]
            around = around.reshape(a, s, _NEIGHBOURS, d)
            chosen = np.take_along_axis(around, winner[:, :, :, None], axis=2)[:, :, 0]
            better = gained > values
            points = np.where(better[:, :, None], chosen, points)
            values = np.where(better, gained, values)
        best = values.argmax(axis=1)[:, None]
        tops = np.take_along_axis(points, best[:, :, None], axis=1)[:, 0]
        return self._scatter(acquisitions, tops, values.max(axis=1), forbidden, rng)

    def _scatter(
        self,
        acquisitions: Acquisitions,
        points: FloatArray,
        values: FloatArray,
        forbidden: FloatArray,
        rng: np.random.Generator,
    ) -> FloatArray:
        """Redraw the parameters that make no difference to the acquisition.

        The variance of a model grows towards the bounds. A seemingly irrelevant parameter would
        be drawn to them in every trial, and the model could not learn its effect in between.
        Shapes ``(a, d)`` and ``(a,)``.
        """
        for i in rng.permutation(self._free):
            drawn = points.copy()
            drawn[:, i] = rng.random(len(points))
            drawn = self._space.snap(drawn)
            gains = _own(acquisitions(drawn), len(points))[:, 0]
            kept = untried(drawn, forbidden) & (gains > values - _NEGLIGIBLE)
            points = np.where(kept[:, None], drawn, points)
        return points

    def _step(
        self, points: FloatArray, width: FloatArray | float, rng: np.random.Generator
    ) -> FloatArray:
        """Move a few coordinates of each point, at least one; shapes ``(n, d)``."""
        n, free = len(points), self._free
        # From one to all of the coordinates; moving few keeps most of the starting point.
        share = rng.choice([1.0, 2.0, 4.0, len(free)], size=(n, 1)) / max(len(free), 1)
        moved = rng.random((n, len(free))) < share
        moved[np.arange(n), rng.integers(len(free), size=n)] = True
        current = points[:, free]
        stepped = current + width * rng.standard_normal(current.shape)
        redraw = self._is_option[free] | (rng.random(current.shape) < 0.05)
        stepped = np.where(redraw, rng.random(current.shape), stepped)
        # Reflection keeps points from piling up at the bounds.
        stepped = 1.0 - np.abs(1.0 - np.abs(stepped) % 2.0)
        stepped = np.where(rng.random(current.shape) < 0.02, np.round(stepped), stepped)
        result = points.copy()
        result[:, free] = np.where(moved, stepped, current)
        return self._space.snap(result)


def _in_parts(acquisitions: Acquisitions, points: FloatArray) -> FloatArray:
    """Compute the acquisitions of many points without much memory; shape ``(a, n)``."""
    parts = range(0, len(points), _AT_ONCE)
    return np.concatenate([acquisitions(points[i : i + _AT_ONCE]) for i in parts], axis=1)


def _own(values: FloatArray, n_functions: int) -> FloatArray:
    """Return for each function the values of its own points, which are in order; ``(a, n / a)``."""
    blocks = values.reshape(n_functions, n_functions, -1)
    return np.asarray(np.diagonal(blocks).T.copy())


def untried(points: FloatArray, tried: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which points ``(n, d)`` are not among the tried ones, ``(t, d)``; shape ``(n,)``.

    Both must be snapped; see `SearchSpace.snap`.

    Examples
    --------
    >>> untried(np.array([[0.25], [0.75]]), np.array([[0.75]])).tolist()
    [True, False]
    """
    return ~np.isin(_keys(points), _keys(tried))


def _keys(points: FloatArray) -> npt.NDArray[np.void]:
    """Return one value per row; they are equal for equal points, up to rounding."""
    rounded = np.round(points, 9) + 0.0  # turns negative zeros into positive ones
    width = rounded.itemsize * rounded.shape[1]
    return np.ascontiguousarray(rounded).view(np.dtype((np.void, width))).ravel()
