"""The card of a model: ``model.json``, with its labels and all that its use needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nni_hpo_ext.files import json_text
from nni_hpo_ext.render.text import parameters
from nni_hpo_ext.studio.data import ImageSet
from nni_hpo_ext.studio.models._catalogue import FEATURES, uses_network
from nni_hpo_ext.studio.models._entry import ModelEntry
from nni_hpo_ext.studio.models._pretrained import CHANNELS, PretrainedNetwork
from nni_hpo_ext.studio.predict import CARD_FILE
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["new_card", "write_card"]

_LIBRARIES = {"sklearn": "scikit-learn", "keras": "keras", "torch": "torch"}


def new_card(
    images: ImageSet,
    entry: ModelEntry,
    options: Mapping[str, Any],
    size: int,
    network: PretrainedNetwork | None = None,
) -> dict[str, Any]:
    """Return the card of a model that is not scored yet."""
    kind = "sklearn" if entry.kind == "shallow" else "keras"
    card = {
        "format": 1,
        "kind": kind,
        "model": entry.name,
        "title": entry.title,
        "options": dict(options),
        "settings": parameters(options),
        "labels": images.labels,
        "size": size,
        "channels": images.channels,
        "features": list(FEATURES.get(str(options.get("features")), ())),
        "temperature": 1.0,
        "data": images.name,
        "library": _requirement(kind),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if network is not None and uses_network(entry, options):
        card |= _network_part(kind, network)
    return card


def _network_part(kind: str, network: PretrainedNetwork) -> dict[str, Any]:
    """Return what the card says of the pretrained network of a model."""
    library = network.weights.library
    part = {"size": network.side, "channels": CHANNELS, "weights": network.weights.network}
    if kind == "sklearn":
        return {**part, "network": network.file_name, "network_library": _requirement(library)}
    return {**part, "kind": library, "library": _requirement(library)}


def _requirement(kind: str) -> str:
    """Return the library of a model and its version, without the name of a build."""
    library = _LIBRARIES[kind]
    return f"{library}=={version(library).partition('+')[0]}"


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write a card into the folder of its model."""
    text = json_text(dict(card))
    write_whole(folder / CARD_FILE, lambda path: path.write_text(text, encoding="utf-8"))
