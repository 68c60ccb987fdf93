"""Report a Keras training to NNI."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import keras

from nni_hpo_ext.trial.callback import ReportingCallback
from nni_hpo_ext.trial.hardware import HardwareReport
from nni_hpo_ext.trial.mode import Mode

__all__ = ["ReportToNni"]


class ReportToNni(ReportingCallback, keras.callbacks.Callback):
    """Callback that reports a metric of each epoch, and the final value, to NNI.

    The final value is reported at the end of the ``with`` block. It has the entries of
    `TrialReport` and ``parameters``, the number of weights. If NNI stops the trial early, the value
    so far is reported, marked ``partial``, and the process ends at once. `SaveBest` keeps the
    model.

    Parameters
    ----------
    dataset
        Name of the data set.
    hardware
        Result of `apply_hardware`.
    monitor
        Key in the epoch logs of Keras to report.
    extra, mode
        See `ReportingCallback`.

    Raises
    ------
    ConfigError
        See `choose_mode`.

    Examples
    --------
    >>> with ReportToNni("digits") as report:  # doctest: +SKIP
    ...     model.fit(x, y, validation_data=(x, y), epochs=10, callbacks=[report])
    """

    def __init__(
        self,
        dataset: str,
        hardware: HardwareReport | None = None,
        monitor: str = "val_accuracy",
        extra: Mapping[str, Any] | None = None,
        mode: str = "auto",
    ) -> None:
        super().__init__(dataset, monitor, mode, extra, hardware=hardware)
        self._step_started = 0.0
        self._started = False

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Start the clock and note the number of weights."""
        self.note(parameters=self.model.count_params())
        if not self._started:
            self._report.start()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start timing a step."""
        self._step_started = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Record the duration of the step, and end the training if the loss is not finite."""
        # On a GPU, reading the loss waits for the end of the step.
        loss = float((logs or {}).get("loss", 0.0))
        self._report.step(time.perf_counter() - self._step_started)
        if not math.isfinite(loss) and not self.model.stop_training:
            self.model.stop_training = True
            self._report.diverged(loss)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Report the metric of the epoch.

        Raises
        ------
        HpoExtError
            If the epoch logs do not contain it.
        """
        values = logs or {}
        # Otherwise its metric says nothing about the training.
        if math.isfinite(values.get("loss", 0.0)):
            self.offer(values)

    @property
    def values(self) -> tuple[float, ...]:
        """Values of the finished epochs."""
        return self._report.values

    @property
    def mode(self) -> Mode:
        """``"max"`` if large values of the metric are good, ``"min"`` if small ones are."""
        return self._report.mode

    def state(self) -> dict[str, Any]:
        """Return the reports so far; see `TrialReport.state`."""
        return self._report.state()

    def resume(self, state: Mapping[str, Any]) -> float:
        """Continue an interrupted trial; see `TrialReport.resume`."""
        self._report.start()
        self._started = True
        return self._report.resume(state)
