"""Split examples into a training, a validation and a test part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import DataError

__all__ = ["HELD_OUT_SHARE", "Examples", "stratified", "three_parts"]

HELD_OUT_SHARE = 0.15
"""Share of the training examples for a part that the publisher does not provide."""


class _Part(Protocol):
    @property
    def labels(self) -> NDArray[Any]: ...

    def at(self, rows: NDArray[np.int64]) -> Self: ...


_AnyPart = TypeVar("_AnyPart", bound=_Part)


@dataclass(frozen=True, eq=False)
class Examples:
    """Examples in memory, and their labels.

    Attributes
    ----------
    x
        Examples, of shape ``(n, ...)``.
    labels
        Class numbers of shape ``(n,)``, or 0 and 1 per label of shape ``(n, labels)``.
    """

    x: NDArray[Any]
    labels: NDArray[Any]

    def at(self, rows: NDArray[np.int64]) -> Examples:
        """Return the examples with these row numbers."""
        return Examples(self.x[rows], self.labels[rows])

    def of_first_classes(self, count: int) -> Examples:
        """Return the examples of the first classes; 0 means all."""
        return self.at(np.flatnonzero(self.labels < count)) if count else self


def three_parts(
    train: _AnyPart, validation: _AnyPart | None, test: _AnyPart | None, seed: int
) -> tuple[_AnyPart, _AnyPart, _AnyPart]:
    """Return the training, the validation and the test part.

    A part that is None is split off from the training part, `HELD_OUT_SHARE` of it, stratified.
    """
    if validation is not None and test is not None:
        return train, validation, test
    missing = [part is None for part in (validation, test)].count(True)
    shares = [1 - missing * HELD_OUT_SHARE, *[HELD_OUT_SHARE] * missing]
    rows = stratified(train.labels, shares, seed)
    held_out = iter([train.at(part) for part in rows[1:]])
    return (
        train.at(rows[0]),
        next(held_out) if validation is None else validation,
        next(held_out) if test is None else test,
    )


def stratified(labels: NDArray[Any], shares: Sequence[float], seed: int) -> list[NDArray[np.int64]]:
    """Split rows at random, each class in the same proportion.

    scikit-learn's splits refuse classes with fewer examples than parts; here such an example goes
    to the part that lacks most.

    Parameters
    ----------
    labels
        Class numbers of shape ``(n,)``; or 0 and 1 per label of shape ``(n, labels)``, where each
        row counts for the rarest of its labels.
    shares
        Share of each part; they add up to 1.
    seed
        Seed of the split.

    Returns
    -------
    list of ndarray
        Row numbers of each part, shuffled. A part has the expected number of rows of each class,
        rounded up or down.

    Raises
    ------
    DataError
        If there are not enough rows for all parts.
    """
    generator = np.random.default_rng(seed)
    strata = _rarest(labels) if labels.ndim == 2 else labels
    classes = [np.flatnonzero(strata == value) for value in np.unique(strata)]
    sizes = np.array([len(rows) for rows in classes], dtype=np.int64)
    counts = _counts(sizes, np.array(shares))
    parts: list[list[NDArray[np.int64]]] = [[] for _ in shares]
    for rows, into in zip(classes, counts, strict=True):
        pieces = np.split(generator.permutation(rows), np.cumsum(into)[:-1])
        for part, piece in zip(parts, pieces, strict=True):
            part.append(piece)
    if not counts.any(axis=0).all():
        raise DataError(
            f"{len(labels)} example(s) found; they do not suffice for {len(shares)} parts"
        )
    return [generator.permutation(np.concatenate(part)) for part in parts]


def _counts(sizes: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many examples of each class go to each part, ``(classes, parts)``."""
    expected = np.outer(sizes, shares)
    counts = np.floor(expected + 1e-9).astype(np.int64)
    lacks = expected.sum(axis=0) - counts.sum(axis=0)
    left = sizes - counts.sum(axis=1)
    # Classes with several examples left have the least choice.
    for row in np.argsort(-left, kind="stable"):
        for part in np.argsort(-lacks, kind="stable")[: left[row]]:
            counts[row, part] += 1
            lacks[part] -= 1
    return counts


def _rarest(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return the rarest label of each row, -1 without any."""
    frequency = np.where(labels > 0, labels.sum(axis=0), np.inf)
    rarest: NDArray[np.int64] = np.where(labels.any(axis=1), frequency.argmin(axis=1), -1)
    return rarest
