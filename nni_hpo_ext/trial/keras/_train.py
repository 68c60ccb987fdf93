"""Start, train and report a Keras trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nni_hpo_ext.arguments import fraction, whole_number
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.trial.data import DATA_OPTIONS, Streams
from nni_hpo_ext.trial.hardware import HardwareReport, apply_hardware
from nni_hpo_ext.trial.keras._callbacks import FollowPolicy, SaveBest
from nni_hpo_ext.trial.keras._report import ReportToNni
from nni_hpo_ext.trial.logs import log_to_stdout
from nni_hpo_ext.trial.params import epochs_for, trial_parameters
from nni_hpo_ext.trial.schedules import learning_rate_policy
from nni_hpo_ext.trial.scoring import ScoreRequest, score_request

__all__ = ["COMMON_OPTIONS", "compile_model", "start_trial", "train"]

COMMON_OPTIONS: Mapping[str, bool | int | float | str] = {
    **DATA_OPTIONS,
    "seed": 42,
    "checkpoint": True,
}
"""Options of every Keras trial, with their defaults."""


def start_trial(
    defaults: Mapping[str, bool | int | float | str],
) -> tuple[dict[str, Any], HardwareReport]:
    """Start a trial: set up logging, read the parameters, apply the hardware ones, set seeds.

    Parameters
    ----------
    defaults
        The trial's own parameters and their defaults; `COMMON_OPTIONS` are added.

    Returns
    -------
    tuple
        The parameters (see `trial_parameters`) and the report on the hardware parameters.

    Examples
    --------
    >>> params, hardware = start_trial({"LEARNING_RATE": 1e-3})  # doctest: +SKIP
    >>> params["LEARNING_RATE"], params["seed"]  # doctest: +SKIP
    (0.001, 42)
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
    label_smoothing: float = 0.0,
) -> dict[str, Any]:
    """Train a model, report each epoch and the final value to NNI, and save the best model.

    When `nni-hpo test` runs the script, the kept model is scored on the test part instead.

    The reported value is the validation accuracy, or the macro-averaged F1 score with a threshold
    of 0.5 if an example may have several labels.

    Parameters
    ----------
    model
        Keras model that returns class probabilities, not compiled.
    data
        Training and validation examples.
    params
        The trial's parameters. ``TRIAL_BUDGET``, ``checkpoint`` and those of the learning-rate
        policy are used.
    hardware
        Result of `apply_hardware`.
    optimizer
        Keras optimizer; its learning rate is the initial rate of the policy.
    batch_size
        Examples per step.
    epochs
        Number of epochs without a ``TRIAL_BUDGET``.
    steps_per_epoch
        Length of an epoch; by default a pass over the training part.
    label_smoothing
        Share of each label that is spread over all classes (Szegedy et al., 2016), from 0 to 1.

    Returns
    -------
    dict
        The final value, as reported.

    Raises
    ------
    ConfigError
        If a number is out of range.
    DataError
        If a file is damaged; the message names it.
    HpoExtError
        If the loss is not finite before the end of the first epoch. After it, training ends early,
        and the best value so far is reported.

    Examples
    --------
    >>> data = array_streams(load_digits(), seed=0)  # doctest: +SKIP
    >>> optimizer = make_optimizer("adam", 1e-3)  # doctest: +SKIP
    >>> final = train(
    ...     model, data, {}, optimizer=optimizer, batch_size=32, epochs=10
    ... )  # doctest: +SKIP
    """
    whole_number("batch_size", batch_size, 1)
    if fraction("label_smoothing", label_smoothing):
        data = data.one_hot()
    compile_model(model, optimizer, multi_label=data.multi_label, label_smoothing=label_smoothing)
    if request := score_request():
        return _score(model, data, batch_size, request)
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
                validation_data=data.validating(batch_size),
                callbacks=[FollowPolicy(policy), *extra, report],
                shuffle=False,  # the stream is already shuffled
                verbose=2,
            )
        except tf.errors.OpError:
            # The error of TensorFlow does not name the file.
            data.check()
            raise
        return report.finish()


def _score(model: Any, data: Streams, batch_size: int, request: ScoreRequest) -> dict[str, Any]:
    """Score a kept model on the test part."""
    kept = request.directory / "model.keras"
    try:
        model.load_weights(kept)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{kept} is not a model of this trial: {str(error).splitlines()[0]}"
        ) from None
    batches = data.testing(batch_size)
    values = model.evaluate(batches, return_dict=True, verbose=0)
    metric = "f1" if data.multi_label else "accuracy"
    examples = sum(len(labels) for _, labels in batches)
    return request.answer(values[metric], metric=metric, examples=examples, dataset=data.name)


def compile_model(
    model: Any, optimizer: Any, *, multi_label: bool, label_smoothing: float = 0.0
) -> None:
    """Compile a model for class numbers, or for vectors of labels.

    All losses and metrics are Keras' own: a saved model loads without this package.

    This also creates the variables of the metric and the optimizer. If the first step creates
    them, TensorFlow traces it twice, a quarter of the startup time of a deep network.

    Parameters
    ----------
    model
        Keras model that returns class probabilities.
    optimizer
        Keras optimizer.
    multi_label
        Whether an example may have several labels.
    label_smoothing
        Share of each label that is spread over all classes; above 0, the labels are vectors, see
        `Streams.one_hot`.

    Examples
    --------
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    >>> compile_model(model, keras.optimizers.Adam(1e-3), multi_label=False)
    >>> model.loss
    'sparse_categorical_crossentropy'
    """
    if multi_label:
        metric = keras.metrics.F1Score(average="macro", threshold=0.5, name="f1")
        nothing = np.zeros((1, model.output_shape[-1]), dtype=np.float32)
        metric.update_state(nothing, nothing)  # creates its variables
        metric.reset_state()
        loss = "binary_crossentropy"
    elif label_smoothing:
        metric = keras.metrics.CategoricalAccuracy(name="accuracy")
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing)
    else:
        metric = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=[metric])
    model.optimizer.build(model.trainable_variables)
