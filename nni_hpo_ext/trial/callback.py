"""What the callbacks of all frameworks share: reports to NNI, and the best model in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from nni_hpo_ext.errors import ConfigError, HpoExtError
from nni_hpo_ext.trial.checkpoint import BestCheckpoint
from nni_hpo_ext.trial.hardware import HardwareReport
from nni_hpo_ext.trial.reporting import TrialReport

__all__ = ["ReportingCallback", "latest"]


def latest(series: Mapping[str, Mapping[str, Sequence[Any]]]) -> dict[str, Any]:
    """Return the last value of each metric of each evaluation set, by ``set-metric``.

    Parameters
    ----------
    series
        Values of all rounds by evaluation set and metric.

    Examples
    --------
    >>> latest({"validation": {"Accuracy": [0.5, 0.7]}})
    {'validation-Accuracy': 0.7}
    """
    return {
        f"{data}-{metric}": values[-1]
        for data, metrics in series.items()
        for metric, values in metrics.items()
    }


class ReportingCallback:
    """Context around a training whose framework calls back after each epoch or round.

    The final value, that of `TrialReport`, is reported at the end of the ``with`` block. If NNI
    stops the trial early, the value so far is reported, marked ``partial``, and the process ends
    at once. A subclass names the file in ``$NNI_OUTPUT_DIR`` that holds the best model, if its
    framework gives it one.

    Parameters
    ----------
    dataset
        Name of the data set.
    metric
        Name of the validation metric, as the framework calls it.
    mode
        ``"max"``, ``"min"`` or ``"auto"``; see `choose_mode`.
    extra
        Further entries of the final value.
    every
        Number of epochs or rounds between two reports.
    hardware
        Result of `apply_hardware`.

    Raises
    ------
    ConfigError
        If ``every`` is below 1, or the direction of the metric cannot be told.

    Examples
    --------
    >>> with ReportingCallback("digits", "val_loss") as report:
    ...     for loss in (0.7, 0.5):
    ...         report.offer({"val_loss": loss})
    ...     report.finish()["default"]
    0.5
    """

    _model_file: ClassVar[str] = ""

    def __init__(
        self,
        dataset: str,
        metric: str,
        mode: str = "auto",
        extra: Mapping[str, Any] | None = None,
        every: int = 1,
        hardware: HardwareReport | None = None,
    ) -> None:
        super().__init__()
        if every < 1:
            raise ConfigError(f"every must be at least 1, got {every!r}")
        self._report = TrialReport(dataset, hardware, extra, metric=metric, mode=mode)
        file = self._model_file
        self._best = BestCheckpoint(file, self._report.mode) if file else None
        self._metric = metric
        self._every = every
        self._calls = 0

    def __enter__(self) -> Self:
        self._report.__enter__()
        self._report.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._report.__exit__(exc_type, exc, traceback)

    def note(self, **extra: Any) -> None:
        """Add entries to the final value."""
        self._report.note(**extra)

    def at_stop(self, action: Callable[[], None]) -> None:
        """Call `action` when NNI stops the trial; see `TrialReport.at_stop`."""
        self._report.at_stop(action)

    def finish(self, **extra: Any) -> dict[str, Any]:
        """Report the final value now, with further entries, and return it. Call it at most once."""
        return self._report.finish(**extra)

    def offer(self, values: Mapping[str, Any], write: Callable[[Path], None] | None = None) -> None:
        """Report an epoch or a round, and keep its model if it is the best so far.

        Parameters
        ----------
        values
            Metrics by name.
        write
            Function that writes the model to a path.

        Raises
        ------
        HpoExtError
            If the metric is not among them.
        """
        self._calls += 1
        if self._calls % self._every:
            return
        if self._metric not in values:
            raise HpoExtError(
                f"the framework reports no {self._metric!r}, only {sorted(values)}; "
                "pass validation data, and one of these names as the metric"
            )
        value = float(values[self._metric])
        if self._best is not None and write is not None:
            self._best.offer(value, write)
        self._report.epoch(value)
