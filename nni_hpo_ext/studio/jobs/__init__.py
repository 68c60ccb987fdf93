"""Jobs: the processes that run studies, independent of the studio."""

from __future__ import annotations

from nni_hpo_ext.studio.jobs._finish import finish
from nni_hpo_ext.studio.jobs._state import (
    CONFIG_FILE,
    LOG_FILE,
    MODEL_FILE,
    ONNX_FILE,
    JobState,
    experiment_directory,
    job_state,
    keep_state,
    start_job,
    stop_job,
    take_pause,
    write_config,
)

__all__ = [
    "CONFIG_FILE",
    "LOG_FILE",
    "MODEL_FILE",
    "ONNX_FILE",
    "JobState",
    "experiment_directory",
    "finish",
    "job_state",
    "keep_state",
    "start_job",
    "stop_job",
    "take_pause",
    "write_config",
]
