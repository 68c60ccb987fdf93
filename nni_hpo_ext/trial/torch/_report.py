"""The report of a PyTorch trial: the same fields as Keras', and the best model kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from nni_hpo_ext.trial.checkpoint import BestCheckpoint
from nni_hpo_ext.trial.hardware import HardwareReport
from nni_hpo_ext.trial.reporting import TrialReport


class TorchReport(TrialReport):
    """Reports every epoch's validation accuracy to NNI, and the final value at the end.

    ::

        with TorchReport(model, data.name, hardware) as report:
            report.start()
            for _ in range(epochs):
                for batch in loader:
                    with report.timed_step():
                        ...
                report.epoch(accuracy)

    To the final value of `TrialReport` this adds ``parameters``, the number of weights, and on
    an accelerator ``device_memory_mb``, the most of its memory that was in use, in MiB.

    Parameters
    ----------
    model : torch.nn.Module
        The model, compiled or not.
    dataset : str
        Name of the data set.
    hardware : HardwareReport, optional
        What `apply_torch_hardware` returned.
    checkpoint : bool
        Keep the best epoch's weights as ``model.pt`` in ``$NNI_OUTPUT_DIR``, for
        ``model.load_state_dict(torch.load(...))``.
    extra : mapping, optional
        Further entries of the final value.
    """

    def __init__(
        self,
        model: Any,
        dataset: str,
        hardware: HardwareReport | None = None,
        *,
        checkpoint: bool = True,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(dataset, hardware, extra)
        # Weights of a compiled model have other names, which the model itself does not know.
        self._model = getattr(model, "_orig_mod", model)
        self._checkpoint = BestCheckpoint("model.pt") if checkpoint else None
        self.note(parameters=sum(weights.numel() for weights in model.parameters()))

    @contextmanager
    def timed_step(self) -> Iterator[None]:
        """Time a training step."""
        started = time.perf_counter()
        yield
        self.step(time.perf_counter() - started)

    def epoch(self, accuracy: float, **objectives: float) -> None:
        """Keep the model if it is the best, and report the epoch's validation accuracy to NNI."""
        if torch.cuda.is_available():
            self.note(device_memory_mb=torch.cuda.max_memory_allocated() / 2**20)
        if self._checkpoint:
            weights = self._model.state_dict()
            self._checkpoint.offer(accuracy, lambda path: torch.save(weights, path))
        super().epoch(accuracy, **objectives)
