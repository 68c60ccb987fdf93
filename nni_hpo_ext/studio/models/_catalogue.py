"""The models of the studio: what each is good for, what it costs, and what can be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.studio.models._deep_entries import DEEP
from nni_hpo_ext.studio.models._entry import ModelEntry
from nni_hpo_ext.studio.models._shallow_entries import SHALLOW

__all__ = ["FEATURES", "MODELS", "default_options", "feature_sets", "model_named"]

FEATURES: Mapping[str, tuple[str, ...]] = {
    "pixels": ("pixels",),
    "histograms": ("gradients", "colours"),
    "patches": ("patches",),
    "everything": ("gradients", "colours", "patches"),
}
"""Features by the names in a search space; see `nni_hpo_ext.studio.predict.features`."""

# Below this side, an image holds too few patches to learn from.
_PATCH_SIDE = 24

MODELS: Mapping[str, ModelEntry] = {entry.name: entry for entry in (*SHALLOW, *DEEP)}
"""The models by name."""


def model_named(name: str) -> ModelEntry:
    """Return a model by its name.

    Raises
    ------
    ConfigError
        If the name is unknown.
    """
    if name not in MODELS:
        raise ConfigError(f"model must be one of {', '.join(MODELS)}, got {name!r}")
    return MODELS[name]


def feature_sets(entry: ModelEntry, size: int) -> Sequence[str]:
    """Return the names of the features from which a shallow model may choose; deep ones none.

    The first is tried first.
    """
    if entry.kind == "deep":
        return ()
    if size < _PATCH_SIDE:
        return ("histograms", "pixels")
    if entry.name in ("bayes", "tree", "knn", "boosting"):
        return ("histograms", "everything")
    return ("histograms", "everything", "patches")


def default_options(entry: ModelEntry, size: int) -> dict[str, Any]:
    """Return the configuration of a model that is tried first."""
    sets = feature_sets(entry, size)
    return {**({"features": sets[0]} if sets else {}), **entry.defaults}
