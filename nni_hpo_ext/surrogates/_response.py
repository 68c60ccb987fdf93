"""Responses: transformed objective values that models are fitted to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.surrogates._errors import ALPHA, ErrorScale
from nni_hpo_ext.types import Objective, Trial

__all__ = ["RESPONSES", "Response", "ResponseMaker", "hybrid_log", "losses", "response"]


@dataclass(frozen=True, slots=True)
class Response:
    """An increasing transformation of losses.

    Attributes
    ----------
    forward, inverse
        From losses to responses and back; shapes ``(n,)``. NaN stays NaN.

    Examples
    --------
    >>> log = Response(forward=np.log10, inverse=lambda r: 10.0**r)
    >>> log.inverse(log.forward(np.array([0.5]))).tolist()
    [0.5]
    """

    forward: Callable[[FloatArray], FloatArray]
    inverse: Callable[[FloatArray], FloatArray]


ResponseMaker = Callable[[FloatArray, Objective], Response]

# Smaller errors are rounded up to this one.
_SMALLEST = 1e-5
# Larger losses are rounded down to this one: the squares of some floats overflow.
_LARGEST = 1e100


def losses(trials: Sequence[Trial], objectives: Sequence[Objective]) -> FloatArray:
    """Return the values as losses to be minimised, NaN where missing; shape ``(n, k)``.

    Examples
    --------
    >>> from nni_hpo_ext.types import TrialStatus
    >>> trials = [
    ...     Trial(0, {"x": 1}, TrialStatus.COMPLETED, (0.9,)),
    ...     Trial(1, {"x": 2}, TrialStatus.FAILED),
    ... ]
    >>> losses(trials, [Objective("accuracy", "maximize")]).tolist()
    [[-0.9], [nan]]
    """
    nothing = [np.nan] * len(objectives)
    values = np.array([t.values or nothing for t in trials], dtype=float)
    return np.asarray(values * np.array([o.sign for o in objectives]))


def hybrid_log(errors: FloatArray) -> FloatArray:
    """Return errors above `ALPHA` unchanged, and a continuous logarithm of those below.

    It spreads good trials and keeps the order of bad ones (Cho et al., "Basic enhancement
    strategies when using Bayesian optimization for hyperparameter tuning of deep neural
    networks", IEEE Access 8, 2020). Shape ``(n,)``.
    """
    low = np.log10(np.maximum(errors, _SMALLEST)) + ALPHA - np.log10(ALPHA)
    return np.where(errors > ALPHA, errors, low)


def _hybrid_log_inverse(responses: FloatArray) -> FloatArray:
    low = 10.0 ** (np.minimum(responses, ALPHA) - ALPHA + np.log10(ALPHA))
    return np.where(responses > ALPHA, responses, low)


def _none(values: FloatArray, objective: Objective) -> Response:
    return Response(lambda v: v, lambda r: r)


def _log(values: FloatArray, objective: Objective) -> Response:
    scale = ErrorScale(values, objective)
    return Response(
        lambda v: np.asarray(np.log10(np.maximum(scale(v), _SMALLEST))),
        lambda r: scale.inverse(10.0**r),
    )


def _hybrid_log(values: FloatArray, objective: Objective) -> Response:
    scale = ErrorScale(values, objective)
    return Response(lambda v: hybrid_log(scale(v)), lambda r: scale.inverse(_hybrid_log_inverse(r)))


def _compressed_tail(values: FloatArray, objective: Objective) -> Response:
    """Return a response that is linear up to the median and logarithmic above it.

    The unit of the logarithm is the distance from the best value to the median. Without it a few
    very bad trials, such as diverged ones, would dominate a model's fit.
    """
    median = float(np.median(values))
    spread = median - float(values.min())
    if spread * _LARGEST < 1.0:  # equal but for rounding, or a ratio to it would overflow
        spread = 1.0

    def compress(v: FloatArray) -> FloatArray:
        tail = median + spread * np.log1p(np.maximum((v - median) / spread, 0.0))
        return np.where(v > median, tail, v)

    def expand(r: FloatArray) -> FloatArray:
        tail = median + spread * np.expm1(np.maximum((r - median) / spread, 0.0))
        return np.where(r > median, tail, r)

    return Response(compress, expand)


RESPONSES: dict[str, ResponseMaker] = {
    "auto": _compressed_tail,
    "hybrid-log": _hybrid_log,
    "log": _log,
    "none": _none,
}


def response(name: str) -> ResponseMaker:
    """Return a function that makes the named response, standardised to mean 0 and variance 1.

    The function takes finite losses, shape ``(n,)``, n at least 1, and their objective. NaN stays
    NaN in the response.

    Examples
    --------
    >>> values = np.array([0.25, 0.75])
    >>> transform = response("none")(values, Objective("loss", "minimize"))
    >>> transform.forward(values).tolist()
    [-1.0, 1.0]
    """
    maker = RESPONSES[name]

    def standardised(values: FloatArray, objective: Objective) -> Response:
        raw = maker(_bounded(values), objective)

        def forward(v: FloatArray) -> FloatArray:
            return _bounded(raw.forward(_bounded(v)))

        seen = forward(values)
        mean, std = float(seen.mean()), float(seen.std())
        # Do not scale up the rounding errors of a constant objective.
        scale = std if std > 1e-12 * max(abs(mean), 1e-300) else 1.0
        return Response(
            lambda v: (forward(v) - mean) / scale, lambda r: raw.inverse(r * scale + mean)
        )

    return standardised


def _bounded(values: FloatArray) -> FloatArray:
    return np.clip(values, -_LARGEST, _LARGEST)
