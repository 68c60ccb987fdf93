"""Train DenseNet121 on retinas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.trial.keras import classifier, run_image_trial

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 16,
    "LEARNING_RATE": 1e-3,
    "NUM_EPOCH": 8,
    "DROP_OUT": 0.1,
    # Not searched: what to train on, and how large.
    "dataset": "blindness",
    "size": 224,
    "width": 1.0,
    "bn_momentum": 0.99,
    "weights": "",
}


def build_model(image_shape: tuple[int, ...], num_classes: int, params: Mapping[str, Any]) -> Any:
    """Return DenseNet121 with dropout before a new last layer, not compiled."""
    return classifier("DenseNet121", image_shape, num_classes, params, drop_out=params["DROP_OUT"])


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    run_image_trial(DEFAULTS, build_model)


if __name__ == "__main__":
    main()
