"""Report metrics from a trial to NNI: numbers per epoch and a dictionary at the end."""

from __future__ import annotations

import logging
import math
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import psutil

from nni_hpo_ext.arguments import is_number
from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.trial.hardware import HardwareReport
from nni_hpo_ext.trial.interrupt import InterruptGuard
from nni_hpo_ext.trial.mode import Mode, best, choose_mode
from nni_hpo_ext.trial.noted import wait_until_noted

__all__ = ["TrialReport", "peak_memory_mb"]

_logger = logging.getLogger(__name__)

# What depends on how far the training got.
_MEASURED = (DEFAULT, "last", "runtime", "epochs", "peak_memory_mb", "step_seconds")


class TrialReport:
    """Collect the results of a trial and report them to NNI, with any framework.

    Use it as a context around the training. On an early stop it reports a final value marked
    ``partial`` and ends the process (see `InterruptGuard`). At the end of the block it reports
    the final value, unless `finish` did.

    The value of an epoch is a dictionary of numbers: ``default``, the metric on the validation
    part; ``runtime``, seconds of training so far; and the numbers noted so far, such as
    ``parameters``. Thus an assessor can compare trials by every objective that is known while they
    run.

    The final value is a dictionary of plain numbers and strings:

    - ``default``: the metric in the best epoch, by `mode`;
    - ``last``: the metric in the last epoch;
    - ``runtime``: seconds of training since `start`, without imports and loading of data;
    - ``epochs``: number of finished epochs;
    - ``step_seconds``: median seconds of a training step, if steps were timed;
    - ``startup_seconds``: seconds from the start of the process to the end of the first timed step,
      with imports, loading of data and tracing;
    - ``peak_memory_mb``: peak resident memory of the process, in MiB;
    - ``dataset``: name of the data actually used;
    - ``metric``: name of the metric, by which reports call ``default``;
    - ``hardware``: ``"applied"`` or ``"inert"`` by hardware parameter, if any was set;
    - ``diverged``: what became infinite or NaN, and when, only if that ended the training;
    - ``partial``: names of the values that would have changed, only if the trial was interrupted.

    Parameters
    ----------
    dataset
        Name of the data set.
    hardware
        Result of `apply_hardware`.
    extra
        Further entries of the final value, for example the number of model parameters.
    metric
        Name of the metric that each epoch reports, such as ``"val_loss"``.
    mode
        ``"max"`` if large values of the metric are good, ``"min"`` if small ones are, or
        ``"auto"``; see `choose_mode`.

    Attributes
    ----------
    mode
        ``"max"`` or ``"min"``.

    Raises
    ------
    ConfigError
        See `choose_mode`.

    Examples
    --------
    >>> with TrialReport("digits") as report:
    ...     for accuracy in (0.5, 0.75):
    ...         report.epoch(accuracy)
    ...     final = report.finish()
    >>> final["default"], final["epochs"]
    (0.75, 2)
    """

    def __init__(
        self,
        dataset: str,
        hardware: HardwareReport | None = None,
        extra: Mapping[str, Any] | None = None,
        *,
        metric: str = "accuracy",
        mode: str = "auto",
    ) -> None:
        self.mode: Mode = choose_mode(metric, mode)
        self._metric = metric
        self._fixed: dict[str, Any] = {"dataset": dataset, "metric": metric}
        if hardware is not None and hardware.values:
            self._fixed["hardware"] = hardware.as_metrics()
        self.note(**(extra or {}))
        self._values: list[float] = []
        self._sent: list[dict[str, float]] = []
        self._steps: list[float] = []
        self._started = time.perf_counter()
        self._finished = False
        # The thread of the interrupt must not report during another report.
        self._lock = threading.RLock()
        self._guard = InterruptGuard(self._stop)
        self._at_stop: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        self._guard.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if exc_type is None and not self._finished:
                self.finish()
        finally:
            self._guard.__exit__(exc_type, exc, traceback)

    def at_stop(self, action: Callable[[], None]) -> None:
        """Call `action` when NNI stops the trial: in another thread, after the partial report.

        The process ends after it; NNI kills the process five seconds after the stop.
        """
        self._at_stop.append(action)

    def note(self, **extra: Any) -> None:
        """Add entries to the final value, of a finished or a stopped trial."""
        self._fixed.update({name: _plain(value) for name, value in extra.items()})

    def start(self) -> None:
        """Start the clock of ``runtime``. Call it when training starts."""
        self._started = time.perf_counter()

    @property
    def values(self) -> tuple[float, ...]:
        """Values of the finished epochs."""
        return tuple(self._values)

    def step(self, seconds: float) -> None:
        """Record the duration of a training step, in seconds."""
        if not self._steps:
            self.note(startup_seconds=time.time() - psutil.Process().create_time())
        self._steps.append(seconds)

    def state(self) -> dict[str, Any]:
        """Return the reports so far as plain JSON values, for `resume`."""
        return {"sent": self._sent, "seconds": time.perf_counter() - self._started}

    def resume(self, state: Mapping[str, Any]) -> float:
        """Continue an interrupted trial, and return its best value so far. Call it after `start`.

        NNI needs the reports of all epochs again: it passes them to an assessor only without gaps.

        Parameters
        ----------
        state
            What `state` returned in the interrupted trial.
        """
        wait_until_noted()
        with self._lock:
            for sent in state["sent"]:
                self._send(dict(sent))
        self._started = time.perf_counter() - state["seconds"]
        value = best(self.mode, self._values)
        return math.nan if value is None else value

    def _send(self, values: dict[str, float]) -> None:
        import nni

        nni.report_intermediate_result(values)
        self._sent.append(values)
        self._values.append(float(values[DEFAULT]))

    def epoch(self, value: float, **objectives: float) -> None:
        """Report one finished epoch to NNI.

        Parameters
        ----------
        value
            The metric on the validation part.
        **objectives
            Values of further objectives so far.
        """
        if not self._values:
            wait_until_noted()
        with self._lock:
            value = float(value)
            numbers = {name: v for name, v in self._fixed.items() if is_number(v)}
            seconds = time.perf_counter() - self._started
            self._send({**numbers, DEFAULT: value, "runtime": seconds, **objectives})

    def result(self, value: float) -> None:
        """Note the metric of a model that is not trained in epochs.

        Nothing is reported before the end: an assessor has nothing to compare with the curves of
        other trials.
        """
        self._values.append(float(value))

    def diverged(self, loss: float) -> None:
        """Note that the loss is infinite or NaN; end the training after this call.

        The best value so far is then the final one.

        Raises
        ------
        HpoExtError
            If no epoch has a finite value: the trial has failed.
        """
        epoch = len(self._values) + 1
        problem = f"the loss is {loss} in epoch {epoch}"
        if best(self.mode, self._values) is None:
            raise HpoExtError(f"{problem}, before any result; use a smaller learning rate")
        _logger.warning("%s: training ends, and the best value so far is reported", problem)
        self.note(diverged=problem)

    def finish(self, **extra: Any) -> dict[str, Any]:
        """Report the final value to NNI and return it. Call it at most once.

        Parameters
        ----------
        **extra
            Further entries of the final value.

        Raises
        ------
        HpoExtError
            If no epoch has a finite value, or the final value was already reported.
        """
        import nni

        with self._lock:
            if self._finished:
                raise HpoExtError("the final result was already reported; call finish() only once")
            self.note(**extra)
            value = self._final_value()
            nni.report_final_result(value)
            self._finished = True
            return value

    def _stop(self) -> None:
        self._finish_partial()
        for action in self._at_stop:
            action()

    def _finish_partial(self) -> None:
        # A report takes milliseconds. If one is stuck, ending without a report is better than
        # waiting for the kill.
        if not self._lock.acquire(timeout=2.0):
            return
        try:
            if self._finished:
                return
            if best(self.mode, self._values) is None:
                _logger.warning("interrupted before the end of the first epoch: nothing to report")
                return
            self.finish(partial=list(_MEASURED))
        finally:
            self._lock.release()

    def _final_value(self) -> dict[str, Any]:
        best_value = best(self.mode, self._values)
        if best_value is None:
            raise HpoExtError(
                f"no epoch has a finite {self._metric} ({len(self._values)} epochs finished); "
                "there is nothing to report to NNI"
            )
        value = {
            DEFAULT: best_value,
            "last": [value for value in self._values if math.isfinite(value)][-1],
            "runtime": time.perf_counter() - self._started,
            "epochs": len(self._values),
            "peak_memory_mb": peak_memory_mb(),
            **self._fixed,
        }
        if self._steps:
            value["step_seconds"] = statistics.median(self._steps)
        return value


def peak_memory_mb() -> float:
    """Return the peak resident memory of this process, in MiB (0 if unknown)."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0**2 if sys.platform == "darwin" else 1024.0)


def _plain(value: Any) -> Any:
    """Return a numpy scalar as a Python number, because NNI's manager reads plain JSON only."""
    return value.item() if hasattr(value, "item") else value
