"""Start a Keras network from the weights in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras

from nni_hpo_ext.errors import ConfigError, DataError

__all__ = ["check_frozen", "load_weights", "read_weights"]


def load_weights(model: Any, weights: str, *, frozen: bool = False) -> None:
    """Load the weights of another training of the same network, except those of its last layer.

    Parameters
    ----------
    model
        Keras model with one input, sequential or functional, not compiled.
    weights
        File such as the ``model.keras`` of a trial, or ``.weights.h5``. The last layer may have
        another number of classes; it is then new. Empty for none.
    frozen
        Whether the loaded weights stay as they are, so that only the last layer is trained.

    Raises
    ------
    ConfigError
        If the weights are to be frozen, but there is no file.
    DataError
        If the file is missing, damaged, or of another network.

    Examples
    --------
    >>> import tempfile
    >>> ten, five = (
    ...     keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(n)])
    ...     for n in (10, 5)
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ten.save(Path(folder, "model.keras"))
    ...     load_weights(five, str(Path(folder, "model.keras")), frozen=True)
    >>> bool((five.get_weights()[0] == ten.get_weights()[0]).all()), len(five.trainable_weights)
    (True, 2)
    """
    if not weights:
        check_frozen(weights, frozen)
        return
    *features, last = model.layers
    try:
        read_weights(model, weights)
    except DataError:
        # Another number of classes, or another network: only then does the rest not fit, either.
        read_weights(_without_last(model), weights, model.name)
    for layer in features:
        layer.trainable = not frozen
    last.trainable = True


def check_frozen(weights: str, frozen: bool) -> None:
    """Refuse to freeze a network that starts from nothing.

    Raises
    ------
    ConfigError
        If the weights are to be frozen, but there is no file.
    """
    if frozen and not weights:
        raise ConfigError("frozen needs pretrained weights; give --weights FILE")


def read_weights(model: Any, weights: str, name: str = "") -> None:
    """Read all weights of a model from a file.

    Parameters
    ----------
    model
        Keras model.
    weights
        File in one of Keras' formats.
    name
        Name of the network in messages; by default that of the model.

    Raises
    ------
    DataError
        If the file is missing, damaged, or of another network.
    """
    if not Path(weights).is_file():
        raise DataError(f"weights {weights} do not exist; nothing is downloaded, give a local file")
    try:
        model.load_weights(weights)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"weights {weights} do not fit {name or model.name}: {reason}") from None


def _without_last(model: Any) -> Any:
    """Return the model up to its last layer, with the same layers."""
    # Keras stores weights by the kind of a model and the order of its layers.
    if isinstance(model, keras.Sequential):
        return keras.Sequential([keras.Input(model.input_shape[1:]), *model.layers[:-1]])
    return keras.Model(model.input, model.layers[-1].input)
