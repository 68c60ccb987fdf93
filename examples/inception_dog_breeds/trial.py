"""Train Inception (version 3) on dog breeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.trial.keras import classifier, run_image_trial

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 16,
    "LEARNING_RATE": 1e-3,
    "NUM_EPOCH": 8,
    "DENSE_UNIT": 256,
    # Not searched: what to train on, and how large.
    "dataset": "dog_breeds",
    "size": 299,
    "fit": "crop",
    "flip": True,
    "width": 1.0,
    "bn_momentum": 0.99,
    "weights": "",
    "frozen": False,
}

# The published program also starts from ImageNet's weights: give their file with --weights.
PUBLISHED: dict[str, bool | int | float | str] = {
    "max_classes": 80,
    "fit": "stretch",
    "rotation": 30.0,
    "shift": 0.2,
}


def build_model(image_shape: tuple[int, ...], num_classes: int, params: Mapping[str, Any]) -> Any:
    """Return Inception with a dense layer on top, not compiled."""
    return classifier(
        "InceptionV3",
        image_shape,
        num_classes,
        params,
        dense_unit=params["DENSE_UNIT"],
    )


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    run_image_trial(DEFAULTS, build_model, published=PUBLISHED)


if __name__ == "__main__":
    main()
