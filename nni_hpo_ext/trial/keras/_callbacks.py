"""What else happens while Keras trains: the learning rate's policy, and the best model's file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from nni_hpo_ext.trial.checkpoint import BestCheckpoint
from nni_hpo_ext.trial.schedules import Policy


class FollowPolicy(keras.callbacks.Callback):
    """Sets the learning rate before each step.

    Parameters
    ----------
    policy : callable
        From `learning_rate_policy`: takes the step from 0, returns the rate.
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
    """Keeps the best epoch's model as ``model.keras`` in ``$NNI_OUTPUT_DIR``.

    ``keras.models.load_model`` reads it, also after the trial was killed.

    Parameters
    ----------
    monitor : str
        The key of Keras' epoch logs that tells the best epoch.
    """

    def __init__(self, monitor: str = "val_accuracy") -> None:
        super().__init__()
        self._monitor = monitor
        self._checkpoint = BestCheckpoint("model.keras")

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save the model if it is the best."""
        self._checkpoint.offer((logs or {}).get(self._monitor, float("nan")), self.model.save)
