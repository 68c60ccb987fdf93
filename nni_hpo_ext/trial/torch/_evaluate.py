"""Evaluate a PyTorch model, and score kept weights on the test part."""

from __future__ import annotations

import pickle
from typing import Any

import torch

from nni_hpo_ext.errors import DataError
from nni_hpo_ext.trial.scores import score
from nni_hpo_ext.trial.scoring import ScoreRequest
from nni_hpo_ext.trial.torch._hardware import TorchHardware

__all__ = ["evaluate", "score_kept"]


def evaluate(
    model: Any, batches: Any, hardware: TorchHardware, device: str, metric: str = "accuracy"
) -> float:
    """Return a metric of a model, see `nni_hpo_ext.trial.scores.score`.

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
    metric
        Name of the metric.

    Raises
    ------
    ConfigError
        If the metric is unknown.

    Examples
    --------
    >>> from nni_hpo_ext.trial.torch import apply_torch_hardware
    >>> batches = [(torch.eye(3), torch.tensor([0, 1, 1]))]
    >>> round(evaluate(torch.nn.Identity(), batches, apply_torch_hardware({}), "cpu"), 3)
    0.667
    """
    model.eval()
    outputs, labels = [], []
    with torch.inference_mode(), hardware.autocast(device):
        for images, numbers in batches:
            images = hardware.images(images.to(device, non_blocking=True))
            outputs.append(model(images).float())
            labels.append(numbers)
    # On a GPU, the first copy from it waits for all batches.
    return score(metric, torch.cat(labels).numpy(), torch.cat(outputs).cpu().numpy())


def score_kept(
    model: Any,
    batches: Any,
    dataset: str,
    hardware: TorchHardware,
    device: str,
    metric: str,
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
    value = evaluate(model, batches, hardware, device, metric)
    examples = len(batches.dataset)
    return request.answer(value, metric=metric, examples=examples, dataset=dataset)
