"""Train VGG16 on CIFAR-10."""

from __future__ import annotations

from typing import Any

from model import build_model

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial import image_streams
from nni_hpo_ext.trial.keras import load_weights, make_optimizer, regularisation, start_trial, train

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 64,
    "LEARNING_RATE": 1e-3,
    "TRAIN_STEPS": 200,
    "DROP_OUT": 0.3,
    "DENSE_UNIT": 128,
    "OPTIMIZER": "adam",
    "KERNEL_SIZE": 3,
    # Not searched: what to train on, and how large.
    "dataset": "cifar10",
    "width": 64,
    "batch_norm": True,
    "steps_per_epoch": 50,
    "weights": "",
    "frozen": False,
}

# The published network has no batch normalisation.
PUBLISHED: dict[str, bool | int | float | str] = {"batch_norm": False}


def schedule(params: dict[str, Any]) -> tuple[int, int]:
    """Return epochs and steps per epoch whose product is TRAIN_STEPS, rounded to full epochs.

    An epoch has about ``steps_per_epoch`` steps, whatever the batch size: the published program
    counts steps, and an assessor needs an accuracy per epoch.
    """
    total, wanted = params["TRAIN_STEPS"], params["steps_per_epoch"]
    if min(total, wanted) < 1:
        raise ConfigError(f"TRAIN_STEPS={total}, steps_per_epoch={wanted}: both must be at least 1")
    epochs = max(1, round(total / wanted))
    return epochs, round(total / epochs)


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    params, hardware = start_trial(DEFAULTS, PUBLISHED)
    data = image_streams(params["dataset"], params, size=32)
    model = build_model(
        data.shape,
        data.num_classes,
        width=params["width"],
        kernel_size=params["KERNEL_SIZE"],
        dense_unit=params["DENSE_UNIT"],
        drop_out=params["DROP_OUT"],
        batch_norm=params["batch_norm"],
    )
    load_weights(model, params["weights"], frozen=params["frozen"])
    epochs, steps = schedule(params)
    train(
        model,
        data,
        params,
        hardware,
        optimizer=make_optimizer(
            params["OPTIMIZER"], params["LEARNING_RATE"], **regularisation(params)
        ),
        batch_size=params["BATCH_SIZE"],
        epochs=epochs,
        steps_per_epoch=steps,
    )


if __name__ == "__main__":
    main()
