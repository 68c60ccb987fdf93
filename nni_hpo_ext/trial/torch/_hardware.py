"""The hardware parameters of PyTorch, applied where they can act."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from nni_hpo_ext.trial.hardware import (
    HARDWARE_PARAMETERS,
    TORCH_ONLY_PARAMETERS,
    HardwareReport,
    checked_number,
    log_report,
)

_THREADS = ("intra_op_parallelism_threads", "inter_op_parallelism_threads")
_APPLIED = "applied"
_TENSORFLOW = "inert: TensorFlow's alone"


@dataclass(frozen=True)
class TorchHardware(HardwareReport):
    """What became of the hardware parameters, and those that act on model, batch or step."""

    def _on(self, name: str) -> bool:
        return self.values.get(name) == 1 and self.outcomes[name] == _APPLIED

    def model(self, model: Any) -> Any:
        """Return the model in the memory format asked for, and compiled if asked for."""
        if self._on("channels_last"):
            model = model.to(memory_format=torch.channels_last)
        return torch.compile(model) if self._on("compile_model") else model

    def images(self, batch: Any) -> Any:
        """Return a batch of images in the memory format asked for."""
        if self._on("channels_last"):
            return batch.contiguous(memory_format=torch.channels_last)
        return batch

    def autocast(self, device: str) -> AbstractContextManager[Any]:
        """Return the context in which to compute the loss."""
        if self._on("bf16_autocast"):
            context: AbstractContextManager[Any] = torch.autocast(device, torch.bfloat16)
            return context
        return nullcontext()


def apply_torch_hardware(params: Mapping[str, Any]) -> TorchHardware:
    """Hand the hardware parameters among `params` to PyTorch.

    Call it before anything is computed. ``intra_op_parallelism_threads`` (1 or more) and
    ``mkldnn`` act at once; ``channels_last``, ``compile_model`` and ``bf16_autocast`` (each 0 or
    1) through the methods of what is returned. ``inter_op_parallelism_threads`` (1 or more) sets
    PyTorch's second pool of threads. TensorFlow's other parameters are accepted, and said to be
    inert, so that one search space serves both frameworks.

    Parameters
    ----------
    params : mapping of str to object
        The trial's parameters. Those that are not hardware parameters are ignored.

    Returns
    -------
    TorchHardware
        The values, and for each whether it acts.

    Raises
    ------
    ConfigError
        A value is not a plain whole number within the parameter's bounds.
    """
    values = {
        name: _checked(name, params[name])
        for name in (*HARDWARE_PARAMETERS, *TORCH_ONLY_PARAMETERS)
        if name in params
    }
    outcomes = {name: _applied(name, value) for name, value in values.items()}
    hardware = TorchHardware(MappingProxyType(values), MappingProxyType(outcomes))
    log_report(hardware)
    return hardware


def _checked(name: str, value: object) -> int:
    if name in _THREADS:
        return checked_number(name, value, 1024, lower=1)
    return checked_number(name, value, 1 if name in TORCH_ONLY_PARAMETERS else 2**31 - 1)


def _applied(name: str, value: int) -> str:
    """Set what can be set now, and say whether the parameter acts."""
    if name == "intra_op_parallelism_threads":
        torch.set_num_threads(value)
        return _APPLIED
    if name == "inter_op_parallelism_threads":
        return _interop(value)
    if name == "mkldnn":
        if not torch.backends.mkldnn.is_available():
            return "inert: this PyTorch was built without oneDNN"
        torch.backends.mkldnn.set_flags(bool(value))
        return _APPLIED
    if name == "compile_model" and value and not _compiler():
        return "inert: torch.compile needs a C++ compiler, and there is none"
    return _APPLIED if name in TORCH_ONLY_PARAMETERS else _TENSORFLOW


def _interop(value: int) -> str:
    try:
        torch.set_num_interop_threads(value)
    except RuntimeError:
        return "inert: PyTorch sets it once in a process, before its first work"
    return "inert: set, but eager training hands no tasks to that pool"


def _compiler() -> str | None:
    return shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")
