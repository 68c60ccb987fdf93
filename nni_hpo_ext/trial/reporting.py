"""What a trial tells NNI: a dictionary of numbers after each epoch, and one at the end."""

from __future__ import annotations

import logging
import math
import statistics
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import psutil

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.space import is_number
from nni_hpo_ext.trial.hardware import HardwareReport
from nni_hpo_ext.trial.interrupt import InterruptGuard
from nni_hpo_ext.trial.noted import wait_until_noted

_LOG = logging.getLogger(__name__)


class TrialReport:
    """Collects a trial's results and reports them to NNI; no framework is involved.

    Used as a context around the training. An early stop within it reports a final value marked
    ``"partial": 1`` and ends the process (see `InterruptGuard`); leaving it normally reports
    the final value, unless `finish` has done so already.

    An epoch's value is a dictionary of numbers: ``default``, the validation accuracy; ``runtime``,
    seconds of training so far; and the numbers noted so far, such as ``parameters``. So an
    assessor can compare by every objective that has a value while the trial runs.

    The final value is a dictionary of plain numbers and text:

    - ``default``: the best validation accuracy of all epochs (what the published runs give);
    - ``last``: that of the last epoch;
    - ``runtime``: seconds of training since `start`, without imports and loading of data;
    - ``epochs``: epochs finished;
    - ``step_seconds``: median seconds of a training step (where steps were timed);
    - ``startup_seconds``: from the start of the process to the end of the first of these steps,
      so with imports, data and tracing;
    - ``peak_memory_mb``: the process's largest resident memory so far, in MiB;
    - ``dataset``: name of the data the trial really trained on;
    - ``hardware``: for each hardware parameter ``"applied"`` or ``"inert"`` (where any was set);
    - ``partial``: 1, only where the trial was interrupted.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    hardware : HardwareReport, optional
        What `apply_hardware` returned.
    extra : mapping, optional
        Further entries of the final value, for example the number of model parameters.
    """

    def __init__(
        self,
        dataset: str,
        hardware: HardwareReport | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._fixed: dict[str, Any] = {"dataset": dataset}
        if hardware is not None and hardware.values:
            self._fixed["hardware"] = hardware.as_metrics()
        self.note(**(extra or {}))
        self._values: list[float] = []
        self._steps: list[float] = []
        self._started = time.perf_counter()
        self._finished = False
        # The interrupt's thread must not report in the middle of another report.
        self._lock = threading.RLock()
        self._guard = InterruptGuard(self._finish_partial)

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

    def note(self, **extra: Any) -> None:
        """Add entries to the final value, whether the trial ends by itself or is stopped."""
        self._fixed.update({name: _plain(value) for name, value in extra.items()})

    def start(self) -> None:
        """Start the clock of ``runtime``; called when training starts."""
        self._started = time.perf_counter()

    def step(self, seconds: float) -> None:
        """Take note of one training step's duration in seconds."""
        if not self._steps:
            self.note(startup_seconds=time.time() - psutil.Process().create_time())
        self._steps.append(seconds)

    def epoch(self, accuracy: float, **objectives: float) -> None:
        """Report one finished epoch to NNI.

        Parameters
        ----------
        accuracy
            Validation accuracy.
        **objectives
            What further objectives have reached so far.
        """
        import nni

        if not self._values:
            wait_until_noted()
        with self._lock:
            value = float(accuracy)
            numbers = {name: v for name, v in self._fixed.items() if is_number(v)}
            seconds = time.perf_counter() - self._started
            nni.report_intermediate_result(
                {**numbers, "default": value, "runtime": seconds, **objectives}
            )
            self._values.append(value)

    def finish(self, **extra: Any) -> dict[str, Any]:
        """Report the final value to NNI, once, and return it.

        Parameters
        ----------
        **extra
            Further entries for it.

        Raises
        ------
        HpoExtError
            No epoch gave a finite accuracy, or the final value was reported before.
        """
        import nni

        with self._lock:
            if self._finished:
                raise HpoExtError("the final result was reported before; call finish() once")
            self.note(**extra)
            value = self._final_value()
            nni.report_final_result(value)
            self._finished = True
            return value

    def _finish_partial(self) -> None:
        # A report in progress is a matter of milliseconds; were it stuck, ending silently is
        # better than waiting for the kill.
        if not self._lock.acquire(timeout=2.0):
            return
        try:
            if self._finished:
                return
            if not any(map(math.isfinite, self._values)):
                _LOG.warning("interrupted before the first epoch ended: nothing to report")
                return
            self.finish(partial=1)
        finally:
            self._lock.release()

    def _final_value(self) -> dict[str, Any]:
        finite = [value for value in self._values if math.isfinite(value)]
        if not finite:
            raise HpoExtError(
                f"no epoch gave a finite accuracy (epochs finished: {len(self._values)}); "
                "nothing can be reported to NNI"
            )
        value = {
            "default": max(finite),
            "last": finite[-1],
            "runtime": time.perf_counter() - self._started,
            "epochs": len(self._values),
            "peak_memory_mb": peak_memory_mb(),
            **self._fixed,
        }
        if self._steps:
            value["step_seconds"] = statistics.median(self._steps)
        return value


def peak_memory_mb() -> float:
    """Return the largest resident memory of this process so far, in MiB (0 where unknown)."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0**2 if sys.platform == "darwin" else 1024.0)


def _plain(value: Any) -> Any:
    """Return a numpy scalar as a Python number: NNI's manager knows plain JSON only."""
    return value.item() if hasattr(value, "item") else value
