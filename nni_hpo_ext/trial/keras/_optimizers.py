"""Keras optimizers under the names of the published search spaces."""

from __future__ import annotations

from typing import Any

import keras

from nni_hpo_ext.errors import ConfigError

_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "grad": keras.optimizers.SGD,
    "rmsp": keras.optimizers.RMSprop,
}


def make_optimizer(name: str, learning_rate: float, **options: Any) -> Any:
    """Return the Keras optimizer of one of the published names.

    Parameters
    ----------
    name : str
        ``"adam"``, ``"grad"`` (plain gradient descent) or ``"rmsp"`` (RMSProp).
    learning_rate : float
        Step size, above 0.
    **options
        Further arguments of the optimizer, such as ``epsilon``.

    Raises
    ------
    ConfigError
        The name is not known, or the learning rate is not above 0.
    """
    if name not in _OPTIMIZERS:
        raise ConfigError(f"OPTIMIZER: {name!r} is not one of {', '.join(_OPTIMIZERS)}")
    if not learning_rate > 0:
        raise ConfigError(f"LEARNING_RATE: {learning_rate!r} is not above 0")
    return _OPTIMIZERS[name](learning_rate=learning_rate, **options)
