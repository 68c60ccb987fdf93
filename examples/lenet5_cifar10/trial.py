"""Train LeNet-5 on CIFAR-10."""

from __future__ import annotations

from model import build_model

from nni_hpo_ext.trial import image_streams
from nni_hpo_ext.trial.keras import load_weights, make_optimizer, regularisation, start_trial, train

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 64,
    "LEARNING_RATE": 1e-3,
    "NKERN1": 6,
    "NKERN2": 31,
    # Not searched: how to train, on what, and how long.
    "OPTIMIZER": "grad",
    "dataset": "cifar10",
    "epochs": 80,
    "weights": "",
    "frozen": False,
}


def main() -> None:
    """Train once, with the parameters from NNI or the command line, and report."""
    params, hardware = start_trial(DEFAULTS)
    data = image_streams(params["dataset"], params, size=32, channels=1)
    model = build_model(
        data.shape, data.num_classes, nkern1=params["NKERN1"], nkern2=params["NKERN2"]
    )
    load_weights(model, params["weights"], frozen=params["frozen"])
    train(
        model,
        data,
        params,
        hardware,
        optimizer=make_optimizer(
            params["OPTIMIZER"], params["LEARNING_RATE"], **regularisation(params)
        ),
        batch_size=params["BATCH_SIZE"],
        epochs=params["epochs"],
    )


if __name__ == "__main__":
    main()
