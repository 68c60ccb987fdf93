"""Train ResNet50 on plant leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.trial.keras import classifier, run_image_trial

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 16,
    "LEARNING_RATE": 1e-3,
    "NUM_EPOCH": 8,
    # Not searched: how to train, on what, and how large.
    "OPTIMIZER": "adam",
    "aspect": 1.0,
    "dataset": "plant_leaves",
    "size": 224,
    "width": 1.0,
    "bn_momentum": 0.99,
    "weights": "",
    "frozen": False,
}

# Pictures of 600 x 400 pixels.
PUBLISHED: dict[str, bool | int | float | str] = {"OPTIMIZER": "rmsp", "size": 400, "aspect": 1.5}


def build_model(image_shape: tuple[int, ...], num_classes: int, params: Mapping[str, Any]) -> Any:
    """Return ResNet50 with a new last layer, not compiled."""
    return classifier("ResNet50", image_shape, num_classes, params)


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    run_image_trial(DEFAULTS, build_model, published=PUBLISHED)


if __name__ == "__main__":
    main()
