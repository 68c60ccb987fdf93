"""A model that a study can search, and the ranges of its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["ModelEntry", "Space", "between", "choice", "log_range", "whole"]

Space = Mapping[str, Mapping[str, Any]]


def log_range(low: float, high: float) -> dict[str, Any]:
    """Return the range of a number on a logarithmic scale."""
    return {"_type": "loguniform", "_value": [low, high]}


def choice(*options: Any) -> dict[str, Any]:
    """Return the range of a categorical option."""
    return {"_type": "choice", "_value": list(options)}


def whole(low: int, high: int) -> dict[str, Any]:
    """Return the range of an integer, both ends included."""
    return {"_type": "randint", "_value": [low, high + 1]}


def between(low: float, high: float) -> dict[str, Any]:
    """Return the range of a real number."""
    return {"_type": "uniform", "_value": [low, high]}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that a study can search.

    Attributes
    ----------
    name
        Name in the search space.
    title
        Name for people.
    kind
        ``"shallow"`` (on features, with scikit-learn) or ``"deep"`` (on pixels, with Keras).
    good_for, cost
        One sentence each.
    options
        What is searched, in NNI's form.
    defaults
        The configuration that is tried first.
    rank
        Place in the order in which the defaults are tried.
    least
        Smallest side of an image, in pixels.
    is_pretrained
        Whether it needs pretrained weights.
    """

    name: str
    title: str
    kind: Literal["shallow", "deep"]
    good_for: str
    cost: str
    options: Space
    defaults: Mapping[str, Any]
    rank: int
    least: int = 8
    is_pretrained: bool = False
