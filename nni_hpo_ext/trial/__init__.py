"""Parameters, hardware settings, data and reports of a trial.

Names are loaded on first use: importing this package imports neither TensorFlow nor scikit-learn
nor NNI.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nni_hpo_ext.trial.checkpoint import BestCheckpoint
    from nni_hpo_ext.trial.data import (
        Dataset,
        Streams,
        image_dataset,
        image_streams,
        load_cifar10,
        load_digits,
    )
    from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, HardwareReport, apply_hardware
    from nni_hpo_ext.trial.interrupt import InterruptGuard
    from nni_hpo_ext.trial.keras import ReportToNni, make_optimizer
    from nni_hpo_ext.trial.logs import log_to_stdout
    from nni_hpo_ext.trial.mode import choose_mode
    from nni_hpo_ext.trial.noted import wait_until_noted
    from nni_hpo_ext.trial.params import apply_parameters, epochs_for, trial_parameters
    from nni_hpo_ext.trial.reporting import TrialReport
    from nni_hpo_ext.trial.schedules import POLICY_PARAMETERS, learning_rate_policy
    from nni_hpo_ext.trial.scoring import ScoreRequest, score_request

__all__ = [
    "HARDWARE_PARAMETERS",
    "POLICY_PARAMETERS",
    "BestCheckpoint",
    "Dataset",
    "HardwareReport",
    "InterruptGuard",
    "ReportToNni",
    "ScoreRequest",
    "Streams",
    "TrialReport",
    "apply_hardware",
    "apply_parameters",
    "choose_mode",
    "epochs_for",
    "image_dataset",
    "image_streams",
    "learning_rate_policy",
    "load_cifar10",
    "load_digits",
    "log_to_stdout",
    "make_optimizer",
    "score_request",
    "trial_parameters",
    "wait_until_noted",
]

_HOME = {
    "HARDWARE_PARAMETERS": "hardware",
    "POLICY_PARAMETERS": "schedules",
    "BestCheckpoint": "checkpoint",
    "Dataset": "data",
    "HardwareReport": "hardware",
    "InterruptGuard": "interrupt",
    "ReportToNni": "keras",
    "ScoreRequest": "scoring",
    "Streams": "data",
    "TrialReport": "reporting",
    "apply_hardware": "hardware",
    "apply_parameters": "params",
    "choose_mode": "mode",
    "epochs_for": "params",
    "image_dataset": "data",
    "image_streams": "data",
    "learning_rate_policy": "schedules",
    "load_cifar10": "data",
    "load_digits": "data",
    "log_to_stdout": "logs",
    "make_optimizer": "keras",
    "score_request": "scoring",
    "trial_parameters": "params",
    "wait_until_noted": "noted",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
