"""Apply the hardware parameters to PyTorch."""

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

__all__ = ["TorchHardware", "apply_torch_hardware"]

_KINDS = {"bf16_autocast": torch.bfloat16, "fp16_autocast": torch.float16}
_THREADS = ("intra_op_parallelism_threads", "inter_op_parallelism_threads")
_APPLIED = "applied"
_TENSORFLOW = "inert: TensorFlow only"


@dataclass(frozen=True)
class TorchHardware(HardwareReport):
    """Report on the hardware parameters, which applies those of the model, a batch and a step.

    Examples
    --------
    >>> hardware = apply_torch_hardware({"channels_last": 1})
    >>> images = hardware.images(torch.zeros(2, 3, 8, 8))
    >>> images.is_contiguous(memory_format=torch.channels_last)
    True
    """

    def _on(self, name: str) -> bool:
        return self.values.get(name) == 1 and self.outcomes[name] == _APPLIED

    def model(self, model: Any) -> Any:
        """Return the model in the requested memory format, compiled if requested."""
        if self._on("channels_last"):
            model = model.to(memory_format=torch.channels_last)
        return torch.compile(model) if self._on("compile_model") else model

    def images(self, batch: Any) -> Any:
        """Return a batch of images in the requested memory format."""
        if self._on("channels_last"):
            return batch.contiguous(memory_format=torch.channels_last)
        return batch

    def autocast(self, device: str) -> AbstractContextManager[Any]:
        """Return the context in which to compute the loss."""
        for name, kind in _KINDS.items():
            if self._on(name):
                context: AbstractContextManager[Any] = torch.autocast(device, kind)
                return context
        return nullcontext()

    def scaler(self, device: str) -> Any:
        """Return the ``torch.amp.GradScaler`` for the gradients; without float16 it does nothing.

        Gradients in float16 vanish where they are small, unless the loss is scaled up.
        """
        return torch.amp.GradScaler(device, enabled=self._on("fp16_autocast"))


def apply_torch_hardware(params: Mapping[str, Any]) -> TorchHardware:
    """Apply the hardware parameters in `params` to PyTorch.

    Call it before anything is computed. ``intra_op_parallelism_threads`` (at least 1) and
    ``mkldnn`` take effect at once; ``channels_last``, ``compile_model``, ``bf16_autocast`` and
    ``fp16_autocast`` (0 or 1; the last on a GPU only) through the methods of the result.
    ``inter_op_parallelism_threads`` (at least 1) sets the second thread pool of PyTorch. The other
    parameters of TensorFlow are accepted and reported as inert, so that a search space suits both
    frameworks.

    Parameters
    ----------
    params
        The trial's parameters. Other parameters are ignored.

    Returns
    -------
    TorchHardware
        The values, and whether each takes effect.

    Raises
    ------
    ConfigError
        If a value is not an integer within the bounds of the parameter.

    Examples
    --------
    >>> apply_torch_hardware({"channels_last": 1, "infer_shapes": 1}).as_metrics()
    {'infer_shapes': 'inert', 'channels_last': 'applied'}
    """
    values = {
        name: _checked(name, params[name])
        for name in (*HARDWARE_PARAMETERS, *TORCH_ONLY_PARAMETERS)
        if name in params
    }
    outcomes = {name: _applied(name, value) for name, value in values.items()}
    if all(values.get(name) == 1 and outcomes[name] == _APPLIED for name in _KINDS):
        outcomes["fp16_autocast"] = "inert: bf16_autocast has precedence"
    hardware = TorchHardware(MappingProxyType(values), MappingProxyType(outcomes))
    log_report(hardware)
    return hardware


def _checked(name: str, value: object) -> int:
    if name in _THREADS:
        return checked_number(name, value, 1024, lower=1)
    return checked_number(name, value, 1 if name in TORCH_ONLY_PARAMETERS else 2**31 - 1)


def _applied(name: str, value: int) -> str:
    """Set the parameter, if it is global, and return whether it takes effect."""
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
    if name == "bf16_autocast" and value and not _computes_bf16():
        return "inert: this processor emulates bfloat16, many times as slowly as float32"
    if name == "fp16_autocast" and value and not torch.cuda.is_available():
        return "inert: float16 needs a GPU"
    if name == "compile_model" and value and not _find_compiler():
        return "inert: torch.compile needs a C++ compiler, and none is installed"
    return _APPLIED if name in TORCH_ONLY_PARAMETERS else _TENSORFLOW


def _interop(value: int) -> str:
    try:
        torch.set_num_interop_threads(value)
    except RuntimeError:
        return "inert: PyTorch sets it only once per process, before any computation"
    return "inert: set, but eager training does not use that pool"


def _computes_bf16() -> bool:
    """Return whether the GPU, or the CPU without one, has instructions for bfloat16."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return any(found and "bf16" in name for name, found in torch.cpu.get_capabilities().items())


def _find_compiler() -> str | None:
    return shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")
