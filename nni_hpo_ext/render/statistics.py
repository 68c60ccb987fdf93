"""Confidence intervals and tests over repeats, at the 95 % level."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = [
    "LEVEL",
    "SIGNIFICANT",
    "Estimate",
    "Interval",
    "against_best",
    "holm",
    "mean_interval",
    "median_interval",
    "paired_p",
    "possible",
    "share_interval",
    "unpaired_p",
]

LEVEL = 0.95
SIGNIFICANT = round(1 - LEVEL, 10)
_RESAMPLES = 10_000

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number estimated from repeats, or from the trees of a forest.

    Attributes
    ----------
    value
        The estimate.
    interval
        Its interval, None if it is undefined.
    at_least
        Whether the value is only a lower bound.
    """

    value: float
    interval: Interval | None = None
    at_least: bool = False


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Return Student's interval of the mean; None for fewer than two or infinite values.

    Examples
    --------
    >>> low, high = mean_interval([1.0, 2.0, 3.0])
    >>> round(low, 2), round(high, 2)
    (-0.48, 4.48)
    """
    from scipy.stats import t

    n = len(values)
    if n < 2 or not np.isfinite(values).all():
        return None
    half = float(t.ppf(0.5 + LEVEL / 2, n - 1)) * float(np.std(values, ddof=1)) / math.sqrt(n)
    mean = float(np.mean(values))
    return mean - half, mean + half


def possible(interval: Interval | None, values: Sequence[float]) -> Interval | None:
    """Return an interval without what the mean of such values cannot be.

    Values that are all in [0, 1], such as accuracies, are taken for shares; others that are never
    negative, such as times, for quantities.

    Examples
    --------
    >>> possible((0.85, 1.05), [0.9, 1.0]), possible((-1.0, 9.0), [3.0, 5.0])
    ((0.85, 1.0), (0.0, 9.0))
    """
    if interval is None or min(values) < 0:
        return interval
    low, high = interval
    return max(low, 0.0), min(high, 1.0) if max(values) <= 1 else high


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the percentile bootstrap interval of the median; values may be infinite.

    None for fewer than two values. The resamples are the same in every call.

    Examples
    --------
    >>> median_interval([1.0, 2.0, 3.0, 4.0, float("inf")])
    (1.0, inf)
    """
    n = len(values)
    if n < 2:
        return None
    rows = np.random.default_rng(0).integers(n, size=(_RESAMPLES, n))
    # Upper median of an even number: a mean with infinity would not be one of the values.
    medians = np.sort(np.sort(np.asarray(values))[np.sort(rows, axis=1)[:, n // 2]])
    low = int((1 - LEVEL) / 2 * _RESAMPLES)
    return float(medians[low]), float(medians[-1 - low])


def share_interval(successes: int, n: int) -> Interval:
    """Return Wilson's score interval of a share (Wilson, JASA 1927).

    Examples
    --------
    >>> low, high = share_interval(8, 10)
    >>> round(low, 2), round(high, 2)
    (0.49, 0.94)
    """
    from scipy.stats import binomtest

    low, high = binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return float(low), float(high)


def paired_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the p value of the two-sided Wilcoxon signed-rank test.

    Ties, including pairs of infinite values, are ignored; 1.0 if all pairs are ties. Infinite
    differences have the highest rank.

    Examples
    --------
    >>> paired_p([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 4.0, 6.0, 8.0, 10.0, 12.0])
    0.03125
    """
    from scipy.stats import wilcoxon

    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    if not pairs:
        return 1.0
    finite = [abs(a - b) for a, b in pairs if math.isfinite(a - b)]
    beyond = 2 * max(finite, default=1.0)
    differences = [
        a - b if math.isfinite(a - b) else math.copysign(beyond, a - b) for a, b in pairs
    ]
    return float(wilcoxon(differences).pvalue)


def unpaired_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the p value of the two-sided Mann-Whitney U test; values may be infinite.

    Examples
    --------
    >>> round(unpaired_p([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]), 4)
    0.0286
    """
    from scipy.stats import mannwhitneyu

    if len({*first, *second}) == 1:
        return 1.0
    return float(mannwhitneyu(first, second).pvalue)


def against_best(
    values: Sequence[Sequence[float]],
    best: int,
    test: Callable[[Sequence[float], Sequence[float]], float],
) -> list[float | None]:
    """Compare each sample with the best one.

    Parameters
    ----------
    values
        The samples.
    best
        Index of the best sample.
    test
        Returns the p value for two samples.

    Returns
    -------
    list of float or None
        p values after Holm's correction, None for the best sample.
    """
    others = [i for i in range(len(values)) if i != best]
    ps = holm([test(values[i], values[best]) for i in others])
    found = dict(zip(others, ps, strict=True))
    return [found.get(i) for i in range(len(values))]


def holm(ps: Sequence[float]) -> list[float]:
    """Return p values corrected for multiple testing (Holm, 1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(ps)
    highest = 0.0
    for rank, i in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[i]))
        corrected[i] = highest
    return corrected
