"""A whole trial on images, from its parameters to its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nni_hpo_ext.trial.data import image_streams
from nni_hpo_ext.trial.keras._optimizers import make_optimizer, regularisation
from nni_hpo_ext.trial.keras._train import start_trial, train

__all__ = ["run_image_trial"]


def run_image_trial(
    defaults: Mapping[str, bool | int | float | str],
    build_model: Callable[[tuple[int, ...], int, Mapping[str, Any]], Any],
    *,
    channels: int = 3,
    published: Mapping[str, bool | int | float | str] | None = None,
) -> dict[str, Any]:
    """Train an image classifier and report to NNI.

    Parameters
    ----------
    defaults
        The trial's parameters and their defaults. It must have ``dataset``, ``size`` (height and
        width in pixels), ``BATCH_SIZE``, ``LEARNING_RATE`` and ``NUM_EPOCH``. It may have
        ``OPTIMIZER`` (Adam otherwise, see `make_optimizer`), ``aspect`` (width divided by height)
        and ``channels``, which overrides that of the call.
    build_model
        Called with the shape of an image, the number of classes and the parameters; returns a
        Keras model that is not compiled.
    channels
        Channels of an image.
    published
        See `trial_parameters`.

    Returns
    -------
    dict
        The final value, as reported.

    Raises
    ------
    ConfigError
        If a parameter cannot be used.
    DataError
        If a file of the data set is missing or damaged.

    Examples
    --------
    The ``trial.py`` of a model is its parameters, its network and this call:

    >>> def build_model(image_shape, num_classes, params):
    ...     return classifier("ResNet50", image_shape, num_classes, params)
    >>> defaults = {"dataset": "plant_leaves", "size": 224, "width": 1.0, "BATCH_SIZE": 16,
    ...             "LEARNING_RATE": 1e-3, "NUM_EPOCH": 8}
    >>> run_image_trial(defaults, build_model)  # doctest: +SKIP
    """
    params, hardware = start_trial(defaults, published)
    size = (params["size"], round(params["size"] * params.get("aspect", 1.0)))
    channels = params.get("channels", channels)
    data = image_streams(params["dataset"], params, size=size, channels=channels)
    return train(
        build_model(data.shape, data.num_classes, params),
        data,
        params,
        hardware,
        optimizer=make_optimizer(
            params.get("OPTIMIZER", "adam"), params["LEARNING_RATE"], **regularisation(params)
        ),
        batch_size=params["BATCH_SIZE"],
        epochs=params["NUM_EPOCH"],
    )
