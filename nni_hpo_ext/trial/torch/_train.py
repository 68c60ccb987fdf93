"""Start, train and report a PyTorch trial on images."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from nni_hpo_ext.arguments import one_of
from nni_hpo_ext.errors import ConfigError
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
        ``class_weights`` (``"none"`` or ``"balanced"``) and those of the learning-rate policy are
        used.
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
        If `grad_clip` is below 0, or a parameter cannot be used.
    HpoExtError
        If the loss is not finite in the first epoch. After it, training ends early, and the best
        value so far is reported.

    Examples
    --------
    >>> final = train(
    ...     model, batches, params, hardware, dataset="digits", optimizer=optimizer, epochs=10
    ... )  # doctest: +SKIP
    """
    if not grad_clip >= 0:
        raise ConfigError(f"grad_clip must be at least 0 (no clipping), got {grad_clip!r}")
    metric = params.get("metric", "accuracy")
    epochs = epochs_for(params, epochs)
    policy = learning_rate_policy(params, optimizer.param_groups[0]["lr"], epochs)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if request := score_request():
        return score_kept(model.to(device), batches[2], dataset, hardware, device, metric, request)
    weights = _class_weights(params.get("class_weights", "none"), batches, device)
    model = hardware.model(model.to(device))
    checkpoint = bool(params.get("checkpoint", True))
    report = TorchReport(
        model, dataset, hardware, checkpoint=checkpoint, extra=extra, metric=metric
    )
    with report:
        report.start()
        saved = SavedState("resume.pt", params)
        first, reports = restored(saved, model, optimizer)
        if reports:
            report.resume(reports)
        for epoch in range(first, epochs):
            if isinstance(sampler := getattr(batches[0], "sampler", None), Shuffled):
                sampler.epoch = epoch
            for group in optimizer.param_groups:
                group["lr"] = policy(epoch)
            model.train()
            total = torch.zeros((), device=device)
            for number, (images, labels) in enumerate(batches[0]):
                with report.timed_step():
                    with hardware.autocast(device):
                        outputs = model(hardware.images(images.to(device)))
                        loss = functional.cross_entropy(outputs, labels.to(device), weight=weights)
                    _step(model, optimizer, loss, grad_clip)
                total += loss.detach()
                if log_frequency and number % log_frequency == 0:
                    _logger.info("epoch %d step %d: loss %.4f", epoch, number, float(loss.detach()))
            # Once per epoch: on a GPU, reading the loss waits for all steps.
            if not math.isfinite(float(total)):
                report.diverged(float(total))
                break
            report.epoch(evaluate(model, batches[1], hardware, device, metric))
            keep_state(saved, model, optimizer, report, epoch + 1)
        final = report.finish()
        saved.remove()
        return final


def _class_weights(which: str, batches: Any, device: str) -> Any:
    """Return a weight per class for the loss, None for equal ones."""
    one_of("class_weights", which, ("none", "balanced"))
    if which == "none":
        return None
    labels = [np.asarray(part.dataset.labels) for part in batches]
    weights = balanced_weights(labels[0], 1 + max(int(part.max()) for part in labels))
    return torch.tensor(weights, dtype=torch.float32, device=device)


def _step(model: Any, optimizer: Any, loss: Any, grad_clip: float) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if grad_clip:
        torch.nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
    optimizer.step()
