"""Expected hypervolume improvement on a log scale; objectives are minimised."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from nni_hpo_ext.acquisition._improvement import log_h
from nni_hpo_ext.acquisition._ray import log_expected_ray_improvement
from nni_hpo_ext.multiobjective import improvement_boxes, pareto_mask
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates import ObjectiveModels

__all__ = ["HypervolumeImprovement", "log_expected_hypervolume_improvement"]

# The number of boxes grows exponentially with the objectives.
_MAX_BOXED = 3
# Difference, in standard deviations of an objective, that is worth no loss in another objective.
_TOLERANCE = 0.1
# Distance of the reference point from the worst of the front, relative to the front's extent.
_MARGIN = 0.1


def log_expected_hypervolume_improvement(
    mean: FloatArray, std: FloatArray, lower: FloatArray, upper: FloatArray
) -> FloatArray:
    """Return the log of the expected increase of the dominated hypervolume.

    For independent normal objectives the expectation over each box of the non-dominated region is
    a product of one-dimensional expectations (Emmerich, Yang and Deutz, 2016, for two objectives;
    it holds for any number): ``E[(u - max(l, Y))+] = G(u) - G(l)`` with ``G(c) = E[(c - Y)+]``.

    Parameters
    ----------
    mean, std
        Predictions at ``n`` points for ``k`` objectives, shape ``(n, k)``.
    lower, upper
        Corners of ``b`` disjoint boxes, shape ``(b, k)``, as `improvement_boxes` returns them.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``.

    Examples
    --------
    >>> from nni_hpo_ext.multiobjective import improvement_boxes
    >>> boxes = improvement_boxes([[1.0, 3.0], [2.0, 1.0]], [4.0, 4.0])
    >>> mean, std = np.array([[0.0, 0.0], [3.0, 3.0]]), np.full((2, 2), 0.5)
    >>> log_expected_hypervolume_improvement(mean, std, *boxes).round(1).tolist()
    [2.2, -7.1]
    """
    total = np.zeros((len(mean), len(upper)))
    for k in range(mean.shape[1]):
        total += _log_interval(mean[:, k], std[:, k], lower[:, k], upper[:, k])
    highest = total.max(axis=1, keepdims=True)
    return np.asarray(highest[:, 0] + np.log(np.exp(total - highest).sum(axis=1)))


def _log_interval(
    mean: FloatArray, std: FloatArray, lower: FloatArray, upper: FloatArray
) -> FloatArray:
    """Return log(G(upper) - G(lower)) for one objective; shape ``(n, b)``."""
    # The boxes share few levels and sides, and the logarithms dominate the cost.
    levels, where = np.unique(np.concatenate([lower, upper]), return_inverse=True)
    ends = where.reshape(2, -1)
    sides, of_box = np.unique(ends, axis=1, return_inverse=True)
    finite = levels > -np.inf
    z = (levels[finite] - mean[:, None]) / std[:, None]
    log_g = np.full((len(mean), len(levels)), -np.inf)
    log_g[:, finite] = np.log(std)[:, None] + log_h(z)
    low, high = log_g[:, sides[0]], log_g[:, sides[1]]
    ratio = np.exp(np.minimum(low - high, -1e-12))
    return np.asarray((high + np.log1p(-ratio))[:, of_box.ravel()])


class HypervolumeImprovement:
    """Log expected hypervolume improvement under models of the objectives.

    The front is that of the models' means at the completed and running trials, so that one lucky
    trial of a noisy objective does not distort it. With one objective this is expected improvement.
    With more than three objectives it is the improvement along one random direction.

    Parameters
    ----------
    models
        Models of the ``k`` objectives.
    n_baseline
        Number of initial trials, spread over the space, whose median bounds the region of
        improvement. The median of all trials would approach the front together with the search.
    rng
        Source of randomness.

    Attributes
    ----------
    pareto_X : numpy.ndarray
        Points of the trials on the front, shape ``(f, d)``.

    Examples
    --------
    >>> from nni_hpo_ext.space import SearchSpace
    >>> from nni_hpo_ext.types import Objective, Trial, TrialStatus
    >>> space = SearchSpace({"x": {"_type": "uniform", "_value": [0, 1]}})
    >>> trials = [
    ...     Trial(i, {"x": x}, TrialStatus.COMPLETED, (x**2, (x - 1) ** 2))
    ...     for i, x in enumerate([0.1, 0.4, 0.9])
    ... ]
    >>> objectives = [Objective("a", "minimize"), Objective("b", "minimize")]
    >>> models = ObjectiveModels(space, objectives, trials, [], n_fitted=3, seed=0)
    >>> acquisition = HypervolumeImprovement(models, n_baseline=3, rng=np.random.default_rng(0))
    >>> int(acquisition(np.array([[0.1], [0.65]])).argmax())
    1
    """

    def __init__(self, models: ObjectiveModels, n_baseline: int, rng: np.random.Generator) -> None:
        self._models = models
        # Running trials count with their predicted means, or others would seek the same gain.
        X = np.vstack([models.completed_X, models.pending])
        means = models.predict(X)[0]
        on_front = pareto_mask(means)
        front = means[on_front]
        self.pareto_X = X[on_front]
        reference = models.typical(n_baseline)
        if len(front):
            reference = np.maximum(reference, _nadir(front))
            reference = reference + _MARGIN * (reference - front.min(axis=0))
        self._log_gain = _log_gain(front, reference, rng)

    def __call__(self, X: FloatArray) -> FloatArray:
        """Return the acquisition at points ``(n, d)``; shape ``(n,)``."""
        return self._log_gain(*self._models.predict(X)) + self._models.log_feasibility(X)


def _log_gain(
    front: FloatArray, reference: FloatArray, rng: np.random.Generator
) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """Return the log of the expected growth of the volume, of means and standard deviations."""
    if len(reference) <= _MAX_BOXED:
        lower, upper = improvement_boxes(front, reference)
        return partial(log_expected_hypervolume_improvement, lower=lower, upper=upper)
    direction = np.abs(rng.standard_normal(len(reference)))
    if len(front):  # all directions are equally likely in units of the front's extent
        extent = reference - front.min(axis=0)
        direction *= np.where(extent > 0.0, extent, 1.0)
    return partial(
        log_expected_ray_improvement, front=front, reference=reference, direction=direction
    )


def _nadir(front: FloatArray) -> FloatArray:
    """Return the worst value of each objective on a front of ``(f, k)``; shape ``(k,)``.

    Points that another one almost dominates, by at most `_TOLERANCE`, do not count. They are far
    out in one objective for next to nothing in the others.
    """
    nowhere_worse = (front[:, None] <= front + _TOLERANCE).all(axis=2)
    better = (front[:, None] < front - _TOLERANCE).any(axis=2)
    counts = ~(nowhere_worse & better).any(axis=0)
    return np.asarray((front[counts] if counts.any() else front).max(axis=0))
