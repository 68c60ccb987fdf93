"""One trial: train LeNet-5 with the parameters that NNI or the command line gives."""

from __future__ import annotations

from typing import Any

import keras
from model import build_model

from nni_hpo_ext.trial import (
    Dataset,
    ReportToNni,
    apply_hardware,
    epochs_for,
    image_dataset,
    log_to_stdout,
    make_optimizer,
    trial_parameters,
)

DEFAULTS: dict[str, bool | int | float | str] = {
    "BATCH_SIZE": 64,
    "LEARNING_RATE": 1e-3,
    "NKERN1": 6,
    "NKERN2": 31,
    # What follows is not searched: it says on what, and how long, to train.
    "dataset": "cifar10",
    "data_dir": "",
    "max_train": 0,
    "max_val": 0,
    "epochs": 10,
    "seed": 42,
}


def compiled_model(params: dict[str, Any], data: Dataset) -> Any:
    """Return the model of these parameters, ready to train."""
    model = build_model(
        data.image_shape, data.num_classes, nkern1=params["NKERN1"], nkern2=params["NKERN2"]
    )
    optimizer = make_optimizer("adam", params["LEARNING_RATE"])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    # Else the optimizer makes its variables in the first step, and the step is traced twice.
    model.optimizer.build(model.trainable_variables)
    return model


def main() -> None:
    """Train once and report."""
    log_to_stdout()
    params = trial_parameters(DEFAULTS)
    hardware = apply_hardware(params)
    keras.utils.set_random_seed(params["seed"])
    data = image_dataset(
        params["dataset"],
        params["data_dir"],
        size=32,
        channels=1,
        max_train=params["max_train"],
        max_val=params["max_val"],
    )
    model = compiled_model(params, data)
    with ReportToNni(data.name, hardware) as report:
        model.fit(
            data.x_train,
            data.y_train,
            batch_size=params["BATCH_SIZE"],
            epochs=epochs_for(params, params["epochs"]),
            validation_data=(data.x_val, data.y_val),
            validation_batch_size=256,
            callbacks=[report],
            verbose=2,
        )


if __name__ == "__main__":
    main()
