"""Start, train and report a PyTorch trial on images."""

from __future__ import annotations

import logging
import math
import pickle
from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional

from nni_hpo_ext.errors import ConfigError, DataError
from nni_hpo_ext.trial.logs import log_to_stdout
from nni_hpo_ext.trial.params import epochs_for, trial_parameters
from nni_hpo_ext.trial.schedules import learning_rate_policy
from nni_hpo_ext.trial.scoring import ScoreRequest, score_request
from nni_hpo_ext.trial.torch._hardware import TorchHardware, apply_torch_hardware
from nni_hpo_ext.trial.torch._report import TorchReport

__all__ = ["accuracy", "start_trial", "train"]

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

    When `nni-hpo test` runs the script, the kept weights are scored on the test part instead.

    Training runs on the GPU if there is one. The learning-rate policy is applied once per epoch.

    Parameters
    ----------
    model
        PyTorch module that returns logits of shape ``(n, classes)``.
    batches
        Loaders of training, validation and test batches of images and class numbers; see
        `loaders`.
    params
        The trial's parameters. ``TRIAL_BUDGET``, ``checkpoint`` and those of the learning-rate
        policy are used.
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
    epochs = epochs_for(params, epochs)
    policy = learning_rate_policy(params, optimizer.param_groups[0]["lr"], epochs)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if request := score_request():
        return _score(model.to(device), batches[2], dataset, hardware, device, request)
    model = hardware.model(model.to(device))
    checkpoint = bool(params.get("checkpoint", True))
    report = TorchReport(model, dataset, hardware, checkpoint=checkpoint, extra=extra)
    with report:
        report.start()
        for epoch in range(epochs):
            for group in optimizer.param_groups:
                group["lr"] = policy(epoch)
            model.train()
            total = torch.zeros((), device=device)
            for number, (images, labels) in enumerate(batches[0]):
                with report.timed_step():
                    with hardware.autocast(device):
                        outputs = model(hardware.images(images.to(device)))
                        loss = functional.cross_entropy(outputs, labels.to(device))
                    _step(model, optimizer, loss, grad_clip)
                total += loss.detach()
                if log_frequency and number % log_frequency == 0:
                    _logger.info("epoch %d step %d: loss %.4f", epoch, number, float(loss.detach()))
            # Once per epoch: on a GPU, reading the loss waits for all steps.
            if not math.isfinite(float(total)):
                report.diverged(float(total))
                break
            report.epoch(accuracy(model, batches[1], hardware, device))
        return report.finish()


def _score(
    model: Any,
    batches: Any,
    dataset: str,
    hardware: TorchHardware,
    device: str,
    request: ScoreRequest,
) -> dict[str, Any]:
    """Score kept weights on the test part."""
    kept = request.directory / "model.pt"
    try:
        model.load_state_dict(torch.load(kept, map_location=device, weights_only=True))
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise DataError(
            f"{kept} is not a model of this trial: {str(error).splitlines()[0]}"
        ) from None
    value = accuracy(model, batches, hardware, device)
    examples = len(batches.dataset)
    return request.answer(value, metric="accuracy", examples=examples, dataset=dataset)


def accuracy(model: Any, batches: Any, hardware: TorchHardware, device: str) -> float:
    """Return the accuracy of a model.

    Parameters
    ----------
    model
        PyTorch module that returns logits of shape ``(n, classes)``.
    batches
        Batches of images and class numbers.
    hardware
        Result of `apply_torch_hardware`.
    device
        ``"cpu"`` or ``"cuda"``.

    Examples
    --------
    >>> batches = [(torch.eye(3), torch.tensor([0, 1, 1]))]
    >>> round(accuracy(torch.nn.Identity(), batches, apply_torch_hardware({}), "cpu"), 3)
    0.667
    """
    model.eval()
    correct, count = 0, 0
    with torch.inference_mode(), hardware.autocast(device):
        for images, labels in batches:
            predicted = model(hardware.images(images.to(device))).argmax(dim=1)
            correct += int((predicted == labels.to(device)).sum())
            count += len(labels)
    return correct / count


def _step(model: Any, optimizer: Any, loss: Any, grad_clip: float) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if grad_clip:
        torch.nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
    optimizer.step()
