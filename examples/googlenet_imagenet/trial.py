"""Train GoogLeNet on ImageNet."""

from __future__ import annotations

from nni_hpo_ext.trial import image_streams
from nni_hpo_ext.trial.keras import (
    googlenet,
    load_weights,
    make_optimizer,
    regularisation,
    start_trial,
    train,
)

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 32,
    "EPSILON": 1.0,
    "INIT_LR": 0.05,
    "FINAL_LR": 1e-4,
    "WEIGHT_DECAY": 4e-5,
    # Not searched: what to train on, how large and how long.
    "NUM_EPOCH": 80,
    "LR_POLICY": "exponential",
    "label_smoothing": 0.1,
    "drop_out": 0.2,
    "dataset": "imagenet",
    "size": 224,
    "width": 1.0,
    "bn_momentum": 0.99,
    "weights": "",
    "frozen": False,
}


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    params, hardware = start_trial(DEFAULTS)
    data = image_streams(params["dataset"], params, size=params["size"])
    model = googlenet(
        data.shape,
        data.num_classes,
        weight_decay=params["WEIGHT_DECAY"],
        drop_out=params["drop_out"],
        width=params["width"],
        momentum=params["bn_momentum"],
    )
    load_weights(model, params["weights"], frozen=params["frozen"])
    train(
        model,
        data,
        params,
        hardware,
        optimizer=make_optimizer(
            "rmsp",
            params["INIT_LR"],
            rho=0.9,
            momentum=0.9,
            epsilon=params["EPSILON"],
            # WEIGHT_DECAY is in the loss, as published.
            **regularisation({"grad_clip": params["grad_clip"]}),
        ),
        batch_size=params["BATCH_SIZE"],
        epochs=params["NUM_EPOCH"],
        label_smoothing=params["label_smoothing"],
    )


if __name__ == "__main__":
    main()
