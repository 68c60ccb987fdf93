"""Start, train and report a Keras trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from nni_hpo_ext.arguments import fraction, one_of, whole_number
from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.trial.data import AUGMENT_OPTIONS, DATA_OPTIONS, Streams
from nni_hpo_ext.trial.hardware import HardwareReport, apply_hardware
from nni_hpo_ext.trial.keras._callbacks import FollowPolicy, SaveBest, ScoreValidation, scored
from nni_hpo_ext.trial.keras._compile import compile_model
from nni_hpo_ext.trial.keras._gpu import grow_memory, set_precision
from nni_hpo_ext.trial.keras._optimizers import REGULARISATION
from nni_hpo_ext.trial.keras._report import ReportToNni
from nni_hpo_ext.trial.keras._resume import KeepState, restored
from nni_hpo_ext.trial.logs import log_to_stdout
from nni_hpo_ext.trial.params import epochs_for, trial_parameters
from nni_hpo_ext.trial.resume import RESUME_OPTIONS, SavedState
from nni_hpo_ext.trial.schedules import learning_rate_policy
from nni_hpo_ext.trial.scores import balanced_weights
from nni_hpo_ext.trial.scoring import ScoreRequest, score_request

__all__ = ["COMMON_OPTIONS", "start_trial", "train"]

COMMON_OPTIONS: Mapping[str, bool | int | float | str] = {
    **DATA_OPTIONS,
    **AUGMENT_OPTIONS,
    **REGULARISATION,
    "seed": 42,
    "precision": "float32",
    "checkpoint": True,
    "metric": "",
    "class_weights": "none",
    **RESUME_OPTIONS,
}
"""Options of every Keras trial, with their defaults."""


def start_trial(
    defaults: Mapping[str, bool | int | float | str],
    published: Mapping[str, bool | int | float | str] | None = None,
) -> tuple[dict[str, Any], HardwareReport]:
    """Start a trial: set up logging, read the parameters, apply the hardware ones, set seeds.

    TensorFlow takes the memory of a GPU as it needs it, so that several trials can share one.

    Parameters
    ----------
    defaults
        The trial's own parameters and their defaults; `COMMON_OPTIONS` are added.
    published
        See `trial_parameters`.

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
    own = {name.lower() for name in defaults}
    common = {name: value for name, value in COMMON_OPTIONS.items() if name not in own}
    params = trial_parameters({**common, **defaults}, published=published)
    grow_memory()
    hardware = apply_hardware(params)
    set_precision(params["precision"])
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

    A trial that was interrupted continues from its last saved epoch, with the same results (see
    `SavedState`). When `nni-hpo test` runs the script, the kept model is scored on the test part
    instead.

    The reported value is ``metric`` on the validation part (see `nni_hpo_ext.trial.scores.score`),
    by default the accuracy, or the macro-averaged F1 score if an example may have several labels.

    Parameters
    ----------
    model
        Keras model that returns class probabilities, not compiled.
    data
        Training and validation examples.
    params
        The trial's parameters. ``TRIAL_BUDGET``, ``seed``, ``checkpoint``, ``metric``,
        ``class_weights`` (``"none"`` or ``"balanced"``) and those of the learning-rate policy are
        used. With mixup (`Streams.mixup`), labels are blended.
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
    weights = _class_weights(params.get("class_weights", "none"), data)
    usual = "f1" if data.multi_label else "accuracy"
    metric = params.get("metric") or usual
    one_hot = fraction("label_smoothing", label_smoothing) > 0 or data.mixup > 0
    if one_hot:
        data = data.one_hot()
    compile_model(
        model,
        optimizer,
        multi_label=data.multi_label,
        label_smoothing=label_smoothing,
        one_hot=one_hot,
        jit_compile=jit_compile_of(hardware),
    )
    if request := score_request():
        return _score(model, data, batch_size, metric, request)
    epochs = epochs_for(params, epochs)
    length = steps_per_epoch or data.steps_per_epoch(batch_size)
    policy = learning_rate_policy(params, float(optimizer.learning_rate), epochs * length)
    saved = SavedState("resume.npz", params)
    first, reports = restored(model, saved)
    validation = data.validating(batch_size)
    by_keras = metric == usual
    with ReportToNni(data.name, hardware, f"val_{metric}") as report:
        report.at_stop(saved.remove_if_stopped_alone)
        keep_best = SaveBest(f"val_{metric}") if params.get("checkpoint") else None
        if reports:
            best = report.resume(reports)
            policy.observe(report.values, report.mode)
            if keep_best:
                keep_best.resume(best)
        callbacks = [
            None if by_keras else ScoreValidation(validation, metric),
            FollowPolicy(policy, first * length, f"val_{metric}", report.mode),
            keep_best,
            report,
            KeepState(saved, report),
        ]
        try:
            model.fit(
                data.steps(batch_size, params.get("seed", 0), first * length),
                initial_epoch=first,
                epochs=epochs,
                steps_per_epoch=length,
                validation_data=validation if by_keras else None,
                callbacks=[callback for callback in callbacks if callback],
                class_weight=weights,
                shuffle=False,  # the stream is already shuffled
                verbose=2,
            )
        except tf.errors.OpError:
            # The error of TensorFlow does not name the file.
            data.check()
            raise
        final = report.finish()
        saved.remove()
        return final


def jit_compile_of(hardware: HardwareReport | None) -> bool | str:
    """Return Keras' setting of XLA: none of its own where the trial sets the level of XLA."""
    return False if hardware and "global_jit_level" in hardware.values else "auto"


def _class_weights(which: str, data: Streams) -> dict[int, float] | None:
    one_of("class_weights", which, ("none", "balanced"))
    if which == "none":
        return None
    if data.train_labels is None or data.multi_label:
        raise ConfigError(
            f"class_weights balanced needs one class per example, known before training; "
            f"{data.name} does not have it, use none"
        )
    return dict(enumerate(balanced_weights(data.train_labels, data.num_classes).tolist()))


def _score(
    model: Any, data: Streams, batch_size: int, metric: str, request: ScoreRequest
) -> dict[str, Any]:
    """Score a kept model on the test part."""
    kept = request.directory / "model.keras"
    try:
        model.load_weights(kept)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{kept} is not a model of this trial: {str(error).splitlines()[0]}"
        ) from None
    value, examples = scored(model, data.testing(batch_size), metric)
    return request.answer(value, metric=metric, examples=examples, dataset=data.name)
