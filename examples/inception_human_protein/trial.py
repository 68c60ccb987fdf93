"""Train Inception (version 3) on human proteins, with 28 labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.trial.keras import classifier, run_image_trial

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 16,
    "LEARNING_RATE": 1e-3,
    "NUM_EPOCH": 8,
    "DROP_OUT": 0.2,
    "DENSE_UNIT": 256,
    # Not searched: what to train on, and how large.
    "dataset": "human_protein",
    "metric": "f1",
    "channels": 4,
    "size": 299,
    "width": 1.0,
    "bn_momentum": 0.99,
    "weights": "",
    "frozen": False,
}

# The accuracy of Keras: whether the most probable label is the first of the true ones.
PUBLISHED: dict[str, bool | int | float | str] = {"channels": 3, "metric": "accuracy"}


def build_model(image_shape: tuple[int, ...], num_classes: int, params: Mapping[str, Any]) -> Any:
    """Return Inception with a dense layer on top and a probability for each label, not compiled."""
    return classifier(
        "InceptionV3",
        image_shape,
        num_classes,
        params,
        dense_unit=params["DENSE_UNIT"],
        drop_out=params["DROP_OUT"],
        activation="sigmoid",
    )


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    run_image_trial(DEFAULTS, build_model, published=PUBLISHED)


if __name__ == "__main__":
    main()
