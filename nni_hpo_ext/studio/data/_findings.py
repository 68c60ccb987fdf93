"""Describe an image set: counts, sizes, and what may be wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from nni_hpo_ext.studio.data._duplicates import duplicate_groups, exact_groups
from nni_hpo_ext.studio.data._layout import PARTS
from nni_hpo_ext.studio.data._set import ImageSet, class_counts

__all__ = ["Description", "describe", "leave_out_duplicates", "use_all"]

_DUPLICATE = "duplicate"
_IMBALANCE = 3.0
_FEW = 20


@dataclass(frozen=True, slots=True)
class Description:
    """Facts about an image set.

    Attributes
    ----------
    counts
        Number of images by class and part.
    sizes
        Smallest, median and largest width and height, in pixels, as text.
    damaged, duplicates_out
        Numbers of images left out.
    exact, near
        Groups of exact duplicates, and of exact and near ones, as picture numbers.
    leaks
        Groups of duplicates that lie in more than one part.
    conflicts
        Groups of exact duplicates with more than one label.
    imbalance
        Size of the largest class divided by that of the smallest.
    warnings
        Sentences about what a user should know.
    """

    counts: dict[str, dict[str, int]]
    sizes: str
    damaged: int
    duplicates_out: int
    exact: list[list[int]]
    near: list[list[int]]
    leaks: list[list[int]]
    conflicts: list[list[int]]
    imbalance: float
    warnings: list[str]


def describe(images: ImageSet) -> Description:
    """Return the facts about an image set."""
    pictures = images.pictures
    used = [number for number, p in enumerate(pictures) if not p.out]
    exact = [kept for g in exact_groups(pictures) if len(kept := _used(g, images)) > 1]
    groups: dict[int, list[int]] = {}
    numbers = duplicate_groups(pictures)
    for number in used:
        groups.setdefault(int(numbers[number]), []).append(number)
    near = [group for group in groups.values() if len(group) > 1]
    leaks = [g for g in near if len({pictures[n].part for n in g}) > 1]
    conflicts = [g for g in exact if len({pictures[n].label for n in g}) > 1]
    totals = class_counts(images)
    found = Description(
        counts={
            label: {part: class_counts(images, part)[label] for part in PARTS}
            for label in images.labels
        },
        sizes=_sizes(images),
        damaged=sum(bool(p.out) and p.out != _DUPLICATE for p in pictures),
        duplicates_out=sum(p.out == _DUPLICATE for p in pictures),
        exact=exact,
        near=near,
        leaks=leaks,
        conflicts=conflicts,
        imbalance=max(totals.values()) / max(1, min(totals.values())),
        warnings=[],
    )
    found.warnings.extend(_warnings(found, totals))
    return found


def leave_out_duplicates(images: ImageSet) -> int:
    """Leave out all but one picture of each group of duplicates; return how many.

    Pictures of the test and the validation part stay, so that no part loses what its publisher
    put there, and training examples that leak go. Exact duplicates with different labels all go:
    nobody knows which label is right.
    """
    order = {"test": 0, "validation": 1, "train": 2, "": 2}
    found = describe(images)
    conflicting = {number for group in found.conflicts for number in group}
    gone = set(conflicting)
    for group in found.near:
        ranked = sorted(group, key=lambda n: (order[images.pictures[n].given], n))
        gone |= set([n for n in ranked if n not in conflicting][1:])
    for number in gone:
        images.pictures[number].out = _DUPLICATE
    images.divide()
    return len(gone)


def use_all(images: ImageSet) -> None:
    """Use the pictures again that `leave_out_duplicates` left out."""
    for picture in images.pictures:
        if picture.out == _DUPLICATE:
            picture.out = ""
    images.divide()


def _used(group: list[int], images: ImageSet) -> list[int]:
    return [number for number in group if not images.pictures[number].out]


def _sizes(images: ImageSet) -> str:
    used = [p for p in images.pictures if not p.out]
    widths, heights = [p.width for p in used], [p.height for p in used]
    if len({(p.width, p.height) for p in used}) == 1:
        return f"{widths[0]} x {heights[0]}"
    middle = f"{np.median(widths):.0f} x {np.median(heights):.0f}"
    return f"{min(widths)} x {min(heights)} to {max(widths)} x {max(heights)}, typically {middle}"


def _warnings(found: Description, totals: Counter[str]) -> list[str]:
    lines = []
    if found.imbalance >= _IMBALANCE:
        most, least = max(totals, key=totals.__getitem__), min(totals, key=totals.__getitem__)
        lines.append(
            f"{most} has {found.imbalance:.1f} times as many images as {least}: accuracy alone "
            "hides a class that is never recognised; look at the figures per class."
        )
    if few := sorted(label for label, count in totals.items() if count < _FEW):
        lines.append(f"Fewer than {_FEW} images: {', '.join(few[:8])}. Results will be uncertain.")
    if found.leaks:
        lines.append(
            f"{len(found.leaks)} images occur, exactly or nearly, in more than one part: the test "
            "score would be too good. Leave duplicates out."
        )
    if found.conflicts:
        lines.append(
            f"{len(found.conflicts)} images have copies with another label: one label is wrong."
        )
    return lines
