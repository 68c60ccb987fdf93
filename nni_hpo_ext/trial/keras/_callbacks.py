"""Keras callbacks that follow a learning-rate policy and save the best model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras

from nni_hpo_ext.trial.checkpoint import BestCheckpoint
from nni_hpo_ext.trial.mode import choose_mode
from nni_hpo_ext.trial.schedules import Policy

__all__ = ["FollowPolicy", "SaveBest"]


class FollowPolicy(keras.callbacks.Callback):
    """Callback that sets the learning rate before each step.

    Parameters
    ----------
    policy
        Function of the step, from 0, such as `learning_rate_policy` returns.

    Examples
    --------
    >>> import numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = np.zeros((8, 2)), np.zeros(8)
    >>> follow = FollowPolicy(lambda step: 0.1 / (1 + step))
    >>> _ = model.fit(x, y, batch_size=4, callbacks=[follow], verbose=0)
    >>> round(float(model.optimizer.learning_rate), 3)
    0.05
    """

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy
        self._step = 0

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Set the rate of this step."""
        self.model.optimizer.learning_rate = self._policy(self._step)
        self._step += 1


class SaveBest(keras.callbacks.Callback):
    """Callback that saves the model of the best epoch as ``model.keras`` in ``$NNI_OUTPUT_DIR``.

    ``keras.models.load_model`` can read the file even after the trial was killed.

    Parameters
    ----------
    monitor
        Key in the epoch logs of Keras.
    mode
        Whether large (``"max"``) or small (``"min"``) values are good, or ``"auto"``; see
        `choose_mode`.

    Raises
    ------
    ConfigError
        See `choose_mode`.

    Examples
    --------
    >>> model.fit(x, y, validation_data=(x, y), callbacks=[SaveBest()])  # doctest: +SKIP
    """

    def __init__(self, monitor: str = "val_accuracy", mode: str = "auto") -> None:
        super().__init__()
        self._monitor = monitor
        self._checkpoint = BestCheckpoint("model.keras", choose_mode(monitor, mode))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save the model if it is the best so far."""
        values = logs or {}
        if math.isfinite(values.get("loss", 0.0)):
            self._checkpoint.offer(values.get(self._monitor, math.nan), self.model.save)
