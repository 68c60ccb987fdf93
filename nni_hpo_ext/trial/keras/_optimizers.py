"""Keras optimizers by their names in the published search spaces."""

from __future__ import annotations

from typing import Any

import keras

from nni_hpo_ext.errors import ConfigError

__all__ = ["make_optimizer"]

_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "grad": keras.optimizers.SGD,
    "rmsp": keras.optimizers.RMSprop,
}


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
