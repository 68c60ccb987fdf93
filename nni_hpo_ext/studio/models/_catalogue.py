"""The models of the studio: what each is good for, what it costs, and what can be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.studio.models._deep_entries import DEEP
from nni_hpo_ext.studio.models._entry import ModelEntry
from nni_hpo_ext.studio.models._shallow_entries import SHALLOW

__all__ = ["FEATURES", "MODELS", "default_options", "feature_sets", "model_named", "uses_network"]

FEATURES: Mapping[str, tuple[str, ...]] = {
    "pixels": ("pixels",),
    "histograms": ("gradients", "colours"),
    "patches": ("patches",),
    "fisher": ("fisher",),
    "everything": ("gradients", "colours", "patches"),
    "embedding": ("embedding",),
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


def feature_sets(entry: ModelEntry, size: int, *, pretrained: bool = False) -> Sequence[str]:
    """Return the names of the features from which a shallow model may choose; deep ones none.

    The first is tried first: the embedding if there is a pretrained network.
    """
    if entry.kind == "deep":
        return ()
    if pretrained:
        return ("embedding", *feature_sets(entry, size))
    if size < _PATCH_SIDE:
        return ("histograms", "pixels")
    if entry.name in ("bayes", "tree", "knn", "boosting"):
        return ("histograms", "fisher", "everything")
    return ("histograms", "fisher", "everything", "patches")


def uses_network(entry: ModelEntry, options: Mapping[str, Any]) -> bool:
    """Return whether a configuration of a model uses a pretrained network."""
    return entry.is_pretrained or "embedding" in FEATURES.get(str(options.get("features")), ())


def default_options(entry: ModelEntry, size: int, *, pretrained: bool = False) -> dict[str, Any]:
    """Return the configuration of a model that is tried first."""
    sets = feature_sets(entry, size, pretrained=pretrained)
    return {**({"features": sets[0]} if sets else {}), **entry.defaults}
