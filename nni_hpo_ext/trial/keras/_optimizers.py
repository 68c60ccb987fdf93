"""Keras optimizers by their names in the published search spaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from nni_hpo_ext.arguments import number
from nni_hpo_ext.errors import ConfigError

__all__ = ["REGULARISATION", "make_optimizer", "regularisation"]

REGULARISATION: Mapping[str, float] = {"weight_decay": 0.0, "grad_clip": 0.0}
"""Options of every trial, with their defaults; see `regularisation`."""

_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "grad": keras.optimizers.SGD,
    "rmsp": keras.optimizers.RMSprop,
}


def regularisation(params: Mapping[str, Any]) -> dict[str, float]:
    """Return the arguments of an optimizer for the trial's weight decay and gradient clipping.

    Parameters
    ----------
    params
        The trial's parameters: ``weight_decay``, the share of each weight taken off per step and
        unit of learning rate (Loshchilov and Hutter, 2019), and ``grad_clip``, the largest norm of
        all gradients together; 0 turns either off.

    Raises
    ------
    ConfigError
        If one of them is below 0.

    Examples
    --------
    >>> regularisation({"grad_clip": 1.0})
    {'global_clipnorm': 1.0}
    """
    options = {**REGULARISATION, **params}
    arguments = {"weight_decay": "weight_decay", "global_clipnorm": "grad_clip"}
    values = {key: number(name, options[name], 0) for key, name in arguments.items()}
    return {key: value for key, value in values.items() if value}


def make_optimizer(name: str, learning_rate: float, **options: Any) -> Any:
    """Return a Keras optimizer by its published name.

    Parameters
    ----------
    name
        ``"adam"``, ``"grad"`` (plain gradient descent) or ``"rmsp"`` (RMSProp).
    learning_rate
        Step size, above 0.
    **options
        Further arguments of the optimizer, such as ``epsilon``.

    Raises
    ------
    ConfigError
        If the name is unknown, or the learning rate is not above 0.

    Examples
    --------
    >>> optimizer = make_optimizer("adam", 1e-3, epsilon=1e-4)
    >>> optimizer.epsilon
    0.0001
    """
    if name not in _OPTIMIZERS:
        raise ConfigError(f"OPTIMIZER must be one of {', '.join(_OPTIMIZERS)}, got {name!r}")
    if not learning_rate > 0:
        raise ConfigError(f"LEARNING_RATE must be above 0, got {learning_rate!r}")
    return _OPTIMIZERS[name](learning_rate=learning_rate, **options)
