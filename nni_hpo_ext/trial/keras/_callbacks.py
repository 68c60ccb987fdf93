"""Keras callbacks that follow a learning-rate policy and save the best model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from nni_hpo_ext.trial.checkpoint import BestCheckpoint
from nni_hpo_ext.trial.mode import choose_mode
from nni_hpo_ext.trial.schedules import Policy
from nni_hpo_ext.trial.scores import score

__all__ = ["FollowPolicy", "SaveBest", "ScoreValidation", "scored"]


class FollowPolicy(keras.callbacks.Callback):
    """Callback that sets the learning rate before each step.

    Parameters
    ----------
    policy
        Function of the step, from 0, such as `learning_rate_policy` returns.
    start
        The first step, of a training that is resumed.
    monitor
        Key in the epoch logs of Keras that the policy of a plateau observes; empty for none.
    mode
        Whether large or small values of it are good; see `choose_mode`.

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

    def __init__(
        self,
        policy: Callable[[int], float],
        start: int = 0,
        monitor: str = "",
        mode: str = "auto",
    ) -> None:
        super().__init__()
        self._policy = policy
        self._step = start
        self._monitor = monitor
        self._mode = choose_mode(monitor, mode) if monitor else "max"

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Set the rate of this step."""
        self.model.optimizer.learning_rate = self._policy(self._step)
        self._step += 1

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Tell the policy the result of the epoch."""
        values = logs or {}
        if isinstance(self._policy, Policy) and self._monitor in values:
            self._policy.observe([values[self._monitor]], self._mode)


def scored(model: Any, batches: Any, metric: str) -> tuple[float, int]:
    """Return a metric of a model (see `score`), and the number of examples.

    Labels that are vectors because of label smoothing count as class numbers.
    """
    pairs = [(np.asarray(labels), model.predict_on_batch(x)) for x, labels in batches]
    labels = np.concatenate([batch for batch, _ in pairs])
    outputs = np.concatenate([np.asarray(batch, dtype=np.float64) for _, batch in pairs])
    smoothed = labels.ndim == 2 and isinstance(model.loss, keras.losses.CategoricalCrossentropy)
    return score(metric, labels.argmax(axis=1) if smoothed else labels, outputs), len(labels)


class ScoreValidation(keras.callbacks.Callback):
    """Callback that adds a metric on the validation part to the epoch logs of Keras.

    It must come before the callbacks that read the logs. As the metric is not one of Keras, a saved
    model does not depend on it.

    Parameters
    ----------
    batches
        Validation batches.
    metric
        Name of the metric, see `score`; its key in the logs is ``val_`` and the name.

    Examples
    --------
    >>> callbacks = [ScoreValidation(batches, "kappa"), SaveBest("val_kappa")]  # doctest: +SKIP
    """

    def __init__(self, batches: Any, metric: str) -> None:
        super().__init__()
        self._batches = batches
        self._metric = metric

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Score the model."""
        if logs is not None:
            logs[f"val_{self._metric}"], _ = scored(self.model, self._batches, self._metric)


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

    def resume(self, best: float) -> None:
        """Continue with the model of an interrupted trial, whose best value so far is `best`."""
        self._checkpoint.resume(best)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save the model if it is the best so far."""
        values = logs or {}
        if math.isfinite(values.get("loss", 0.0)):
            self._checkpoint.offer(values.get(self._monitor, math.nan), self.model.save)
