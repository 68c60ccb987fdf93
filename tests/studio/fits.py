"""Fit shallow models of the studio as its trials do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib

from nni_hpo_ext.studio.data import ImageSet
from nni_hpo_ext.studio.models import (
    FEATURES,
    MODELS,
    FeatureTable,
    build_estimator,
    default_options,
)


def fitted(
    images: ImageSet, name: str, options: Mapping[str, Any] | None = None
) -> tuple[Any, Any, Any]:
    """Return an estimator, and the features and classes of the validation part."""
    options = options or default_options(MODELS[name], images.size)
    table, names = FeatureTable(images, images.size), FEATURES[options["features"]]
    x, y = table.of("train", names), images.targets(images.rows("train"))
    estimator = build_estimator(name, options, x.shape).fit(x, y)
    return estimator, table.of("validation", names), images.targets(images.rows("validation"))


def keep_fitted(
    images: ImageSet, name: str, folder: Path, options: Mapping[str, Any] | None = None
) -> Path:
    """Fit a model and keep it in a new folder, as a trial does; return the folder."""
    folder.mkdir()
    options = options or default_options(MODELS[name], images.size)
    table = FeatureTable(images, images.size)
    kept = {
        "estimator": fitted(images, name, options)[0],
        "dictionary": table.dictionary(FEATURES[options["features"]]),
    }
    joblib.dump(kept, folder / "model.joblib")
    return folder
