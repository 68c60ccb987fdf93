"""One trial: train VGG16 on CIFAR-10 with the parameters that NNI or the command line gives."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from model import build_model

from nni_hpo_ext.errors import ConfigError
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
    "TRAIN_STEPS": 200,
    "DROP_OUT": 0.3,
    "DENSE_UNIT": 128,
    "OPTIMIZER": "adam",
    "KERNEL_SIZE": 3,
    # What follows is not searched: it says on what, and how large, to train.
    "data_dir": "",
    "max_train": 0,
    "max_val": 0,
    "width": 64,
    "batch_norm": True,
    "steps_per_epoch": 50,
    "seed": 42,
}


def training_stream(data: Dataset, batch_size: int, seed: int) -> tf.data.Dataset:
    """Return endless shuffled batches; a batch is never larger than the data."""
    size = len(data.y_train)
    pairs = tf.data.Dataset.from_tensor_slices((data.x_train, data.y_train))
    shuffled = pairs.shuffle(size, seed=seed).repeat()
    return shuffled.batch(min(batch_size, size), drop_remainder=True).prefetch(2)


def compiled_model(params: dict[str, Any], data: Dataset) -> Any:
    """Return the model of these parameters, ready to train."""
    model = build_model(
        data.image_shape,
        data.num_classes,
        width=params["width"],
        kernel_size=params["KERNEL_SIZE"],
        dense_unit=params["DENSE_UNIT"],
        drop_out=params["DROP_OUT"],
        batch_norm=params["batch_norm"],
    )
    optimizer = make_optimizer(params["OPTIMIZER"], params["LEARNING_RATE"])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    # Else the optimizer makes its variables in the first step, and the step is traced twice.
    model.optimizer.build(model.trainable_variables)
    return model


def schedule(params: dict[str, Any]) -> tuple[int, int]:
    """Return epochs and steps per epoch that come to TRAIN_STEPS, to a step per epoch.

    An epoch is about ``steps_per_epoch`` steps, whatever the batch size: the published program
    counted steps, and an accuracy per epoch is what an assessor needs.
    """
    total, wanted = params["TRAIN_STEPS"], params["steps_per_epoch"]
    if min(total, wanted) < 1:
        raise ConfigError(f"TRAIN_STEPS={total}, steps_per_epoch={wanted}: both must be 1 or more")
    epochs = max(1, round(total / wanted))
    return epochs, round(total / epochs)


def main() -> None:
    """Train once and report."""
    log_to_stdout()
    params = trial_parameters(DEFAULTS)
    hardware = apply_hardware(params)
    keras.utils.set_random_seed(params["seed"])
    data = image_dataset(
        "cifar10",
        params["data_dir"],
        size=32,
        channels=3,
        max_train=params["max_train"],
        max_val=params["max_val"],
    )
    model = compiled_model(params, data)
    epochs, steps = schedule(params)
    with ReportToNni(data.name, hardware) as report:
        model.fit(
            training_stream(data, params["BATCH_SIZE"], params["seed"]),
            epochs=epochs_for(params, epochs),
            steps_per_epoch=steps,
            validation_data=(data.x_val, data.y_val),
            validation_batch_size=256,
            callbacks=[report],
            shuffle=False,  # the stream is shuffled already
            verbose=2,
        )


if __name__ == "__main__":
    main()
