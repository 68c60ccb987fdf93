"""Split an image set into a training, a validation and a test part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.studio.data._layout import PARTS
from nni_hpo_ext.studio.data._pictures import Picture

__all__ = ["SHARES", "assign_parts", "grouped_split"]

SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}
"""Share of each part, where the publisher made no split."""


def grouped_split(
    labels: Sequence[str], groups: NDArray[np.int64], shares: Sequence[float], seed: int = 0
) -> NDArray[np.int64]:
    """Assign examples to parts: each class in proportion, and no group divided.

    Groups go, large ones first and otherwise in random order, to the part that lacks most of their
    classes.

    Parameters
    ----------
    labels
        Class of each example, ``n`` of them.
    groups
        Group of each example, ``(n,)``.
    shares
        Share of each part; they add up to 1.
    seed
        Seed of the order.

    Returns
    -------
    ndarray of int
        Number of the part of each example, ``(n,)``.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups.tolist()):
        members[group].append(row)
    order = np.random.default_rng(seed).permutation(sorted(members))
    ordered = sorted(order.tolist(), key=lambda group: -len(members[group]))
    totals = Counter(labels)
    lacking = {name: [share * total for share in shares] for name, total in totals.items()}
    parts = np.zeros(len(labels), dtype=np.int64)
    for group in ordered:
        inside = Counter(labels[row] for row in members[group])
        need = [
            sum(count * lacking[name][part] / totals[name] for name, count in inside.items())
            for part in range(len(shares))
        ]
        chosen = int(np.argmax(need))
        parts[members[group]] = chosen
        for name, count in inside.items():
            lacking[name][chosen] -= count
    return parts


def assign_parts(pictures: Sequence[Picture], groups: NDArray[np.int64], seed: int = 0) -> None:
    """Set the part of each picture that is used.

    The publisher's parts are kept. A part that is missing is split off from the training part;
    duplicates stay together.

    Parameters
    ----------
    pictures
        The pictures; ``part`` is changed.
    groups
        Groups of duplicates, ``(n,)``.
    seed
        Seed of the split.

    Raises
    ------
    DataError
        If a part has no image, or a class has no training image.
    """
    used = [row for row, picture in enumerate(pictures) if not picture.out]
    for picture in pictures:
        picture.part = "" if picture.out else picture.given or "train"
    missing = [p for p in PARTS[1:] if not any(pictures[row].given == p for row in used)]
    rows = [row for row in used if pictures[row].part == "train"]
    if missing and rows:
        shares = [1 - sum(SHARES[part] for part in missing), *(SHARES[part] for part in missing)]
        labels = [pictures[row].label for row in rows]
        for row, part in zip(rows, grouped_split(labels, groups[rows], shares, seed), strict=True):
            pictures[row].part = ("train", *missing)[part]
    _require_examples(pictures)


def _require_examples(pictures: Sequence[Picture]) -> None:
    counts = Counter(picture.part for picture in pictures)
    for part in PARTS:
        if not counts[part]:
            raise DataError(f"the {part} part has no image; add images")
    labels = {picture.label for picture in pictures if picture.part}
    trained = {picture.label for picture in pictures if picture.part == "train"}
    if labels - trained:
        raise DataError(
            f"class {sorted(labels - trained)[0]!r} has no training image; add images, or remove it"
        )
