"""Start, train and report a PyTorch trial on images."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from nni_hpo_ext.arguments import number, one_of
from nni_hpo_ext.errors import DataError
from nni_hpo_ext.trial.logs import log_to_stdout
from nni_hpo_ext.trial.params import epochs_for, trial_parameters
from nni_hpo_ext.trial.resume import SavedState
from nni_hpo_ext.trial.schedules import learning_rate_policy
from nni_hpo_ext.trial.scores import balanced_weights
from nni_hpo_ext.trial.scoring import score_request
from nni_hpo_ext.trial.torch._data import Shuffled
from nni_hpo_ext.trial.torch._evaluate import evaluate, score_kept
from nni_hpo_ext.trial.torch._hardware import TorchHardware, apply_torch_hardware
from nni_hpo_ext.trial.torch._report import TorchReport
from nni_hpo_ext.trial.torch._resume import keep_state, restored
from nni_hpo_ext.trial.torch._step import Learner

__all__ = ["start_trial", "train"]

_logger = logging.getLogger(__name__)


def start_trial(
    defaults: Mapping[str, bool | int | float | str],
) -> tuple[dict[str, Any], TorchHardware]:
    """Start a trial: set up logging, read the parameters, apply the hardware ones, set seeds.

    Parameters
    ----------
    defaults
        The trial's parameters and their defaults, with a ``seed``.

    Returns
    -------
    tuple
        The parameters (see `trial_parameters`) and the report on the hardware parameters.

    Examples
    --------
    >>> params, hardware = start_trial({"initial_lr": 0.1, "seed": 42})  # doctest: +SKIP
    """
    log_to_stdout()
    params = trial_parameters(defaults)
    hardware = apply_torch_hardware(params)
    torch.manual_seed(params["seed"])
    return params, hardware


def train(
    model: Any,
    batches: tuple[Any, Any, Any],
    params: Mapping[str, Any],
    hardware: TorchHardware,
    *,
    dataset: str,
    optimizer: Any,
    epochs: int,
    grad_clip: float = 0.0,
    log_frequency: int = 0,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Train a classifier, report each epoch and the final value to NNI, keep the best weights.

    A trial that was interrupted continues from its last saved epoch, with the same results (see
    `SavedState`). When `nni-hpo test` runs the script, the kept weights are scored on the test part
    instead.

    Training runs on the GPU if there is one. The learning-rate policy is applied once per epoch.

    Parameters
    ----------
    model
        PyTorch module that returns logits of shape ``(n, classes)``.
    batches
        Loaders of training, validation and test batches of images and class numbers; see
        `loaders`.
    params
        The trial's parameters. ``TRIAL_BUDGET``, ``checkpoint``, ``resume_seconds``, ``metric``,
        ``class_weights`` (``"none"`` or ``"balanced"``), ``mixup`` (the parameter of its Beta
        distribution; 0 for none) and those of the learning-rate policy are used.
    hardware
        Result of `apply_torch_hardware`.
    dataset
        Name of the data set, for the report.
    optimizer
        Optimizer of the model; its learning rate is the initial rate of the policy.
    epochs
        Number of epochs without a ``TRIAL_BUDGET``.
    grad_clip
        Largest norm of the gradient; 0 for no limit.
    log_frequency
        Number of steps between two log lines with the loss; 0 for none.
    extra
        Further entries of the final value.

    Returns
    -------
    dict
        The final value, as reported.

    Raises
    ------
    ConfigError
        If a parameter cannot be used.
    HpoExtError
        If the loss is not finite in the first epoch. After it, training ends early, and the best
        value so far is reported.

    Examples
    --------
    >>> final = train(
    ...     model, batches, params, hardware, dataset="digits", optimizer=optimizer, epochs=10
    ... )  # doctest: +SKIP
    """
    number("grad_clip", grad_clip, 0)
    metric = params.get("metric", "accuracy")
    epochs = epochs_for(params, epochs)
    policy = learning_rate_policy(params, optimizer.param_groups[0]["lr"], epochs)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if request := score_request():
        return score_kept(model.to(device), batches[2], dataset, hardware, device, metric, request)
    learner = Learner(
        model=hardware.model(model.to(device)),
        optimizer=optimizer,
        scaler=hardware.scaler(device),
        hardware=hardware,
        device=device,
        weights=_class_weights(params.get("class_weights", "none"), batches, device),
        grad_clip=grad_clip,
        mixup=number("mixup", params.get("mixup", 0.0), 0),
    )
    checkpoint = bool(params.get("checkpoint", True))
    report = TorchReport(
        learner.model, dataset, hardware, checkpoint=checkpoint, extra=extra, metric=metric
    )
    with report:
        report.start()
        saved = SavedState("resume.pt", params)
        report.at_stop(saved.remove_if_stopped_alone)
        first, reports = restored(saved, learner)
        if reports:
            report.resume(reports)
            policy.observe(report.values, report.mode)
        for epoch in range(first, epochs):
            learner.start_epoch(policy(epoch))
            loss = _train_epoch(learner, batches[0], epoch, report, log_frequency)
            if not math.isfinite(loss):
                report.diverged(loss)
                break
            value = evaluate(learner.model, batches[1], hardware, device, metric)
            report.epoch(value)
            policy.observe([value], report.mode)
            keep_state(saved, learner, report, epoch + 1)
        final = report.finish()
        saved.remove()
        return final


def _train_epoch(
    learner: Learner, batches: Any, epoch: int, report: TorchReport, log_frequency: int
) -> float:
    """Train for an epoch, and return the sum of the losses."""
    if isinstance(sampler := getattr(batches, "sampler", None), Shuffled):
        sampler.epoch = epoch
    total = torch.zeros((), device=learner.device)
    for step, (images, labels) in enumerate(_prepared(batches)):
        with report.timed_step():
            loss = learner.step(images, labels)
        total += loss
        if log_frequency and step % log_frequency == 0:
            _logger.info("epoch %d step %d: loss %.4f", epoch, step, float(loss))
    # Once per epoch: on a GPU, reading the loss waits for all steps.
    return float(total)


def _prepared(batches: Any) -> Iterator[Any]:
    """Yield batches, and name a damaged file in one line."""
    try:
        yield from batches
    except DataError as error:
        # A process that prepares batches sends its traceback; the message is the last line.
        raise DataError(str(error).strip().splitlines()[-1]) from None


def _class_weights(which: str, batches: Any, device: str) -> Any:
    """Return a weight per class for the loss, None for equal ones."""
    one_of("class_weights", which, ("none", "balanced"))
    if which == "none":
        return None
    labels = [np.asarray(part.dataset.labels) for part in batches]
    weights = balanced_weights(labels[0], 1 + max(int(part.max()) for part in labels))
    return torch.tensor(weights, dtype=torch.float32, device=device)
