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
from nni_hpo_ext.studio.models._catalogue import FEATURES
from nni_hpo_ext.studio.models._entry import ModelEntry
from nni_hpo_ext.studio.predict import CARD_FILE
from nni_hpo_ext.trial.checkpoint import write_whole

__all__ = ["new_card", "write_card"]

_LIBRARIES = {"shallow": "scikit-learn", "deep": "keras"}


def new_card(
    images: ImageSet, entry: ModelEntry, options: Mapping[str, Any], size: int
) -> dict[str, Any]:
    """Return the card of a model that is not scored yet."""
    library = _LIBRARIES[entry.kind]
    return {
        "format": 1,
        "kind": "sklearn" if entry.kind == "shallow" else "keras",
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
        "library": f"{library}=={version(library)}",
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write a card into the folder of its model."""
    text = json_text(dict(card))
    write_whole(folder / CARD_FILE, lambda path: path.write_text(text, encoding="utf-8"))
