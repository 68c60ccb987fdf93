"""The parts of an image set that a search may see, in the form that networks train on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nni_hpo_ext.studio.data import ImageSet
from nni_hpo_ext.trial.data import Dataset

__all__ = ["training_data"]


def training_data(images: ImageSet, side: int, pixels: Callable[[list[int]], Any]) -> Dataset:
    """Return the training and the validation part, with an empty test part.

    Parameters
    ----------
    images
        The image set.
    side
        Height and width to which images are scaled, in pixels.
    pixels
        Returns the pictures with these numbers, none for an empty list;
        ``(n, side, side, channels)``.
    """
    parts: dict[str, Any] = {}
    for part, name in (("train", "train"), ("validation", "val"), ("test", "test")):
        # The search must not see the test part.
        rows = images.rows(part) if part != "test" else []
        parts[f"x_{name}"], parts[f"y_{name}"] = pixels(rows), images.targets(rows)
    note = f"{images.name} at {side} x {side}"
    return Dataset(images.name, **parts, num_classes=len(images.labels), note=note)
