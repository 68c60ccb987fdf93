"""The callback that reports a Keras training to NNI."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import keras

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.trial.hardware import HardwareReport
from nni_hpo_ext.trial.reporting import TrialReport


class ReportToNni(keras.callbacks.Callback):
    """Reports every epoch's validation accuracy to NNI, and the final value at the end.

    ::

        with ReportToNni(dataset=data.name, hardware=hardware) as report:
            model.fit(..., validation_data=..., callbacks=[report])

    Leaving the block reports the final value (see `TrialReport` for its entries, to which this
    adds ``parameters``, the model's number of weights). When NNI stops the trial early, the
    value so far is reported, marked ``"partial": 1``, and the process ends at once.

    Parameters
    ----------
    dataset : str
        Name of the data set, for the report.
    hardware : HardwareReport, optional
        What `apply_hardware` returned.
    monitor : str
        The key of Keras' epoch logs to report.
    extra : mapping, optional
        Further entries of the final value.
    """

    def __init__(
        self,
        dataset: str,
        hardware: HardwareReport | None = None,
        monitor: str = "val_accuracy",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._report = TrialReport(dataset, hardware, extra)
        self._monitor = monitor
        self._step_started = 0.0

    def __enter__(self) -> ReportToNni:
        self._report.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._report.__exit__(exc_type, exc, traceback)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Start the clock."""
        self._report.note(parameters=self.model.count_params())
        self._report.start()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start timing a step."""
        self._step_started = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take note of the step's duration."""
        self._report.step(time.perf_counter() - self._step_started)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Report the epoch's validation accuracy.

        Raises
        ------
        HpoExtError
            If Keras measured none.
        """
        values = logs or {}
        if self._monitor not in values:
            raise HpoExtError(
                f"Keras gave no {self._monitor!r} after an epoch (it gave {sorted(values)}); "
                "pass validation_data to fit and name the metric in compile"
            )
        self._report.epoch(values[self._monitor])

    def finish(self, **extra: Any) -> dict[str, Any]:
        """Report the final value now, with further entries, and return it (once only)."""
        return self._report.finish(**extra)
