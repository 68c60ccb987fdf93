"""The course of a PyTorch trial on images: start, fit, report."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.logs import log_to_stdout
from nni_hpo_ext.trial.params import epochs_for, trial_parameters
from nni_hpo_ext.trial.schedules import learning_rate_policy
from nni_hpo_ext.trial.torch._hardware import TorchHardware, apply_torch_hardware
from nni_hpo_ext.trial.torch._report import TorchReport

_LOG = logging.getLogger(__name__)


def start_trial(
    defaults: Mapping[str, bool | int | float | str],
) -> tuple[dict[str, Any], TorchHardware]:
    """Begin a trial: logging, parameters (with a ``seed`` among them), hardware, seeds.

    Parameters
    ----------
    defaults : mapping
        The trial's parameters and their defaults.

    Returns
    -------
    tuple
        The parameters (see `trial_parameters`) and what became of the hardware parameters.
    """
    log_to_stdout()
    params = trial_parameters(defaults)
    hardware = apply_torch_hardware(params)
    torch.manual_seed(params["seed"])
    return params, hardware


def make_optimizer(
    name: str, model: Any, learning_rate: float, *, momentum: float, weight_decay: float
) -> Any:
    """Return the optimizer ``sgd``, ``rmsprop`` (both with momentum) or ``adam`` of a model.

    Raises
    ------
    ConfigError
        The name is not known, or a number is out of range.
    """
    if not learning_rate > 0 or not 0 <= momentum <= 1 or not weight_decay >= 0:
        raise ConfigError(
            f"learning rate {learning_rate!r} must be above 0, momentum {momentum!r} in 0..1, "
            f"weight_decay {weight_decay!r} 0 or more"
        )
    common = {"lr": learning_rate, "weight_decay": weight_decay}
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), momentum=momentum, **common)
    if name == "rmsprop":
        return torch.optim.RMSprop(model.parameters(), momentum=momentum, **common)
    if name == "adam":
        return torch.optim.Adam(model.parameters(), **common)
    raise ConfigError(f"optimizer {name!r} is not one of sgd, rmsprop, adam")


def train(
    model: Any,
    batches: tuple[Any, Any],
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
    """Train a classifier, report to NNI after every epoch and at the end, keep the best weights.

    Runs on the GPU where there is one.

    Parameters
    ----------
    model : torch.nn.Module
        Gives logits of shape (n, classes).
    batches : tuple of DataLoader
        Training and validation batches of images and class numbers.
    params : mapping
        The trial's parameters; ``TRIAL_BUDGET``, ``checkpoint`` and those of a learning-rate
        policy, which is asked once an epoch, are obeyed here.
    hardware : TorchHardware
        What `apply_torch_hardware` returned.
    dataset : str
        Name of the data, for the report.
    optimizer : torch.optim.Optimizer
        Of this model; its learning rate is the policy's initial one.
    epochs : int
        Epochs to train, unless there is a ``TRIAL_BUDGET``.
    grad_clip : float
        Largest norm of the gradient; 0 for no limit.
    log_frequency : int
        Log the loss every so many steps; 0 for never.
    extra : mapping, optional
        Further entries of the final value.

    Returns
    -------
    dict
        The final value, as reported.
    """
    if not grad_clip >= 0:
        raise ConfigError(f"grad_clip={grad_clip!r} is below 0; 0 means no clipping")
    epochs = epochs_for(params, epochs)
    policy = learning_rate_policy(params, optimizer.param_groups[0]["lr"], epochs)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = hardware.model(model.to(device))
    checkpoint = bool(params.get("checkpoint", True))
    report = TorchReport(model, dataset, hardware, checkpoint=checkpoint, extra=extra)
    with report:
        report.start()
        for epoch in range(epochs):
            for group in optimizer.param_groups:
                group["lr"] = policy(epoch)
            model.train()
            for number, (images, labels) in enumerate(batches[0]):
                with report.timed_step():
                    with hardware.autocast(device):
                        outputs = model(hardware.images(images.to(device)))
                        loss = functional.cross_entropy(outputs, labels.to(device))
                    _step(model, optimizer, loss, grad_clip)
                if log_frequency and number % log_frequency == 0:
                    _LOG.info("epoch %d step %d: loss %.4f", epoch, number, float(loss.detach()))
            report.epoch(accuracy(model, batches[1], hardware, device))
        return report.finish()


def accuracy(model: Any, batches: Any, hardware: TorchHardware, device: str) -> float:
    """Return the share of images whose class the model gives."""
    model.eval()
    right, count = 0, 0
    with torch.inference_mode(), hardware.autocast(device):
        for images, labels in batches:
            guesses = model(hardware.images(images.to(device))).argmax(dim=1)
            right += int((guesses == labels.to(device)).sum())
            count += len(labels)
    return right / count


def _step(model: Any, optimizer: Any, loss: Any, grad_clip: float) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if grad_clip:
        torch.nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
    optimizer.step()
