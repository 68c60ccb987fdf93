"""Train DenseNet121 on retinas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.trial.keras import classifier, run_image_trial

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 16,
    "LEARNING_RATE": 1e-3,
    "NUM_EPOCH": 8,
    "DENSE_UNIT": 256,
    "DROP_OUT": 0.1,
    "OPTIMIZER": "adam",
    # Not searched: what to train on, and how large.
    "dataset": "blindness",
    "metric": "kappa",
    "size": 224,
    "fit": "crop",
    "width": 1.0,
    "bn_momentum": 0.99,
    "weights": "",
    "frozen": False,
}

PUBLISHED: dict[str, bool | int | float | str] = {
    "metric": "accuracy",
    "fit": "stretch",
    "flip": True,
}


def build_model(image_shape: tuple[int, ...], num_classes: int, params: Mapping[str, Any]) -> Any:
    """Return DenseNet121 with a dense layer and dropout on top, not compiled."""
    return classifier(
        "DenseNet121",
        image_shape,
        num_classes,
        params,
        dense_unit=params["DENSE_UNIT"],
        drop_out=params["DROP_OUT"],
    )


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    run_image_trial(DEFAULTS, build_model, published=PUBLISHED)


if __name__ == "__main__":
    main()
