"""The course of a Keras trial: start, compile, fit, report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nni_hpo_ext.trial.data import DATA_OPTIONS, Streams
from nni_hpo_ext.trial.hardware import HardwareReport, apply_hardware
from nni_hpo_ext.trial.keras._callbacks import FollowPolicy, SaveBest
from nni_hpo_ext.trial.keras._report import ReportToNni
from nni_hpo_ext.trial.logs import log_to_stdout
from nni_hpo_ext.trial.params import epochs_for, trial_parameters
from nni_hpo_ext.trial.schedules import learning_rate_policy

COMMON_OPTIONS: Mapping[str, bool | int | float | str] = {
    **DATA_OPTIONS,
    "seed": 42,
    "checkpoint": True,
}
"""Options of every Keras example besides its own."""


def start_trial(
    defaults: Mapping[str, bool | int | float | str],
) -> tuple[dict[str, Any], HardwareReport]:
    """Begin a trial: logging, parameters, hardware, seeds.

    Parameters
    ----------
    defaults : mapping
        The trial's own parameters and their defaults; those of `COMMON_OPTIONS` are added.

    Returns
    -------
    tuple
        The parameters (see `trial_parameters`) and what became of the hardware parameters.
    """
    log_to_stdout()
    params = trial_parameters({**COMMON_OPTIONS, **defaults})
    hardware = apply_hardware(params)
    keras.utils.set_random_seed(params["seed"])
    return params, hardware


def train(
    model: Any,
    data: Streams,
    params: Mapping[str, Any],
    hardware: HardwareReport | None = None,
    *,
    optimizer: Any,
    batch_size: int,
    epochs: int,
    steps_per_epoch: int | None = None,
    loss: Any = None,
) -> dict[str, Any]:
    """Train a model, report to NNI after every epoch and at the end, and keep the best model.

    What is reported is the validation accuracy, or where an example may have several labels the
    macro-averaged F1 score with a threshold of 0.5.

    Parameters
    ----------
    model : keras.Model
        Gives class probabilities; not compiled.
    data : Streams
        The examples.
    params : mapping
        The trial's parameters; ``TRIAL_BUDGET``, ``checkpoint`` and those of a learning-rate
        policy are obeyed here.
    hardware : HardwareReport, optional
        What `apply_hardware` returned.
    optimizer : keras.Optimizer
        Its learning rate is the policy's initial one.
    batch_size : int
        Examples of a step.
    epochs : int
        Epochs to train, unless there is a ``TRIAL_BUDGET``.
    steps_per_epoch : int, optional
        Length of an epoch; left out, the training part is gone through once.
    loss : optional
        Keras loss; by default cross-entropy.

    Returns
    -------
    dict
        The final value, as reported.

    Raises
    ------
    DataError
        A file turned out to be damaged; it is named.
    """
    compile_model(model, optimizer, loss, multi_label=data.multi_label)
    epochs = epochs_for(params, epochs)
    total = epochs * (steps_per_epoch or data.steps_per_epoch(batch_size))
    policy = learning_rate_policy(params, float(optimizer.learning_rate), total)
    monitor = "val_f1" if data.multi_label else "val_accuracy"
    extra = [SaveBest(monitor)] if params.get("checkpoint") else []
    with ReportToNni(data.name, hardware, monitor) as report:
        try:
            model.fit(
                data.training(batch_size, endless=steps_per_epoch is not None),
                epochs=epochs,
                steps_per_epoch=steps_per_epoch,
                validation_data=data.validating(),
                callbacks=[FollowPolicy(policy), *extra, report],
                shuffle=False,  # the stream is shuffled already
                verbose=2,
            )
        except tf.errors.OpError:
            # TensorFlow does not say which file it could not read.
            data.check()
            raise
        return report.finish()


def compile_model(model: Any, optimizer: Any, loss: Any = None, *, multi_label: bool) -> None:
    """Make a model ready to train on class numbers, or on vectors of labels.

    The variables of metric and optimizer are made here: if the first step made them, TensorFlow
    would trace it twice, which costs a deep network a quarter of its start.
    """
    if multi_label:
        metric = keras.metrics.F1Score(average="macro", threshold=0.5, name="f1")
        nothing = np.zeros((1, model.output_shape[-1]), dtype=np.float32)
        metric.update_state(nothing, nothing)  # makes its variables
        metric.reset_state()
        loss = loss or "binary_crossentropy"
    else:
        metric = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        loss = loss or "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=[metric])
    model.optimizer.build(model.trainable_variables)
