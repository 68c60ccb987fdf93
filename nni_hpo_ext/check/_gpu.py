"""Check that this machine has the GPUs that a config requests; NNI waits for them forever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nni_hpo_ext.errors import Finding

__all__ = ["check_gpus"]


def check_gpus(config: Mapping[str, Any]) -> list[Finding]:
    """Check ``trialGpuNumber`` of a local experiment."""
    service = config.get("trainingService")
    service = service if isinstance(service, Mapping) else {}
    wanted = service.get("trialGpuNumber") or config.get("trialGpuNumber")
    if not isinstance(wanted, int) or wanted <= 0 or service.get("platform") != "local":
        return []
    present = _gpus()
    if present >= wanted:
        return []
    problem = f"{wanted}, but this machine has {present} GPUs: trials would wait forever"
    return [Finding("trialGpuNumber", problem, "lower it, or remove it")]


def _gpus() -> int:
    import pynvml  # type: ignore[import-untyped]  # NNI counts GPUs with it, too

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return 0
    try:
        return int(pynvml.nvmlDeviceGetCount())
    finally:
        pynvml.nvmlShutdown()
