"""Report a PyTorch training to NNI and keep the best model."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from nni_hpo_ext.trial.checkpoint import BestCheckpoint
from nni_hpo_ext.trial.hardware import HardwareReport
from nni_hpo_ext.trial.reporting import TrialReport

__all__ = ["TorchReport"]


class TorchReport(TrialReport):
    """Report a metric of each epoch, and the final value, to NNI.

    The final value has the entries of `TrialReport`, ``parameters``, the number of weights, and on
    a GPU ``device_memory_mb``, the peak memory in use, in MiB.

    Parameters
    ----------
    model
        PyTorch module, compiled or not.
    dataset
        Name of the data set.
    hardware
        Result of `apply_torch_hardware`.
    checkpoint
        Whether to keep the weights of the best epoch as ``model.pt`` in ``$NNI_OUTPUT_DIR``, for
        ``model.load_state_dict(torch.load(...))``.
    extra
        Further entries of the final value.
    metric, mode
        Name of the metric, and whether large or small values are good; see `TrialReport`.

    Examples
    --------
    >>> with TorchReport(torch.nn.Linear(4, 2), "digits") as report:
    ...     report.start()
    ...     for accuracy in (0.5, 0.75):
    ...         with report.timed_step():
    ...             pass  # train here
    ...         report.epoch(accuracy)
    ...     final = report.finish()
    >>> final["default"], final["parameters"]
    (0.75, 10)
    """

    def __init__(
        self,
        model: Any,
        dataset: str,
        hardware: HardwareReport | None = None,
        *,
        checkpoint: bool = True,
        extra: Mapping[str, Any] | None = None,
        metric: str = "accuracy",
        mode: str = "auto",
    ) -> None:
        super().__init__(dataset, hardware, extra, metric=metric, mode=mode)
        # The weights of a compiled model have names that the model itself does not know.
        self._model = getattr(model, "_orig_mod", model)
        self._checkpoint = BestCheckpoint("model.pt", self.mode) if checkpoint else None
        self.note(parameters=sum(weights.numel() for weights in model.parameters()))
        self._on_gpu = any(weights.is_cuda for weights in model.parameters())
        self._pending: list[tuple[Any, Any]] = []

    @contextmanager
    def timed_step(self) -> Iterator[None]:
        """Time a training step.

        A GPU computes while Python goes on. Its steps are timed by events on the GPU, which are
        read at the end of the epoch, so that no step waits for the one before.
        """
        if not self._on_gpu:
            started = time.perf_counter()
            yield
            self.step(time.perf_counter() - started)
            return
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        yield
        end.record()
        self._pending.append((begin, end))
        if not self._steps:  # the startup lasts until the end of the first one
            self._read_events()

    def _read_events(self) -> None:
        """Wait for the steps on the GPU, and record their durations."""
        if not self._pending:
            return
        torch.cuda.synchronize()
        for begin, end in self._pending:
            self.step(begin.elapsed_time(end) / 1000)
        self._pending.clear()

    def resume(self, state: Mapping[str, Any]) -> float:
        """Continue an interrupted trial; see `TrialReport.resume`."""
        best = super().resume(state)
        if self._checkpoint:
            self._checkpoint.resume(best)
        return best

    def epoch(self, value: float, **objectives: float) -> None:
        """Keep the model if it is the best so far, and report the epoch to NNI."""
        self._read_events()
        if self._on_gpu:
            self.note(device_memory_mb=torch.cuda.max_memory_allocated() / 2**20)
        if self._checkpoint:
            weights = self._model.state_dict()
            self._checkpoint.offer(value, lambda path: torch.save(weights, path))
        super().epoch(value, **objectives)
