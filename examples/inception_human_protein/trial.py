"""One trial: train Inception on proteins with the parameters NNI or the command line gives."""

from __future__ import annotations

from model import build_model

from nni_hpo_ext.trial import image_streams
from nni_hpo_ext.trial.keras import make_optimizer, start_trial, train

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 16,
    "LEARNING_RATE": 1e-3,
    "NUM_EPOCH": 8,
    "DROP_OUT": 0.2,
    "DENSE_UNIT": 256,
    # What follows is not searched: it says on what, and how large, to train.
    "dataset": "human_protein",
    "size": 299,
    "width": 1.0,
    "bn_momentum": 0.99,
    "weights": "",
}


def main() -> None:
    """Train once and report."""
    params, hardware = start_trial(DEFAULTS)
    data = image_streams(params["dataset"], params, size=params["size"], channels=4)
    model = build_model(
        data.shape,
        data.num_classes,
        dense_unit=params["DENSE_UNIT"],
        drop_out=params["DROP_OUT"],
        width=params["width"],
        momentum=params["bn_momentum"],
        weights=params["weights"],
    )
    train(
        model,
        data,
        params,
        hardware,
        optimizer=make_optimizer("adam", params["LEARNING_RATE"]),
        batch_size=params["BATCH_SIZE"],
        epochs=params["NUM_EPOCH"],
    )


if __name__ == "__main__":
    main()
