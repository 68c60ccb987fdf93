"""PyTorch optimizers by name."""

from __future__ import annotations

from typing import Any

import torch

from nni_hpo_ext.errors import ConfigError

__all__ = ["make_optimizer"]


def make_optimizer(
    name: str, model: Any, learning_rate: float, *, momentum: float, weight_decay: float
) -> Any:
    """Return an optimizer of the weights of a model.

    Parameters
    ----------
    name
        ``"sgd"``, ``"rmsprop"`` or ``"adam"``.
    model
        PyTorch module.
    learning_rate
        Step size, above 0.
    momentum
        From 0 to 1; not used by Adam.
    weight_decay
        Factor of the squared weights in the loss, at least 0.

    Raises
    ------
    ConfigError
        If the name is unknown, or a number is out of range.

    Examples
    --------
    >>> model = torch.nn.Linear(4, 2)
    >>> optimizer = make_optimizer("sgd", model, 0.1, momentum=0.9, weight_decay=5e-4)
    >>> optimizer.param_groups[0]["momentum"]
    0.9
    """
    if not learning_rate > 0 or not 0 <= momentum <= 1 or not weight_decay >= 0:
        raise ConfigError(
            f"learning rate must be above 0, momentum in 0..1 and weight_decay at least 0, got "
            f"{learning_rate!r}, {momentum!r} and {weight_decay!r}"
        )
    common = {"lr": learning_rate, "weight_decay": weight_decay}
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), momentum=momentum, **common)
    if name == "rmsprop":
        return torch.optim.RMSprop(model.parameters(), momentum=momentum, **common)
    if name == "adam":
        return torch.optim.Adam(model.parameters(), **common)
    raise ConfigError(f"optimizer must be one of sgd, rmsprop, adam, got {name!r}")
