"""What a trial script needs: parameters, hardware settings, data and reports to NNI.

The names below are loaded on first use, so that importing this package costs nothing and
pulls in neither TensorFlow nor scikit-learn nor NNI.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nni_hpo_ext.trial.cifar10 import load_cifar10
    from nni_hpo_ext.trial.data import Dataset, image_dataset
    from nni_hpo_ext.trial.digits import load_digits
    from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, HardwareReport, apply_hardware
    from nni_hpo_ext.trial.interrupt import InterruptGuard
    from nni_hpo_ext.trial.keras import ReportToNni, make_optimizer
    from nni_hpo_ext.trial.logs import log_to_stdout
    from nni_hpo_ext.trial.params import epochs_for, trial_parameters
    from nni_hpo_ext.trial.reporting import TrialReport

__all__ = [
    "HARDWARE_PARAMETERS",
    "Dataset",
    "HardwareReport",
    "InterruptGuard",
    "ReportToNni",
    "TrialReport",
    "apply_hardware",
    "epochs_for",
    "image_dataset",
    "load_cifar10",
    "load_digits",
    "log_to_stdout",
    "make_optimizer",
    "trial_parameters",
]

_HOME = {
    "HARDWARE_PARAMETERS": "hardware",
    "Dataset": "data",
    "HardwareReport": "hardware",
    "InterruptGuard": "interrupt",
    "ReportToNni": "keras",
    "TrialReport": "reporting",
    "apply_hardware": "hardware",
    "epochs_for": "params",
    "image_dataset": "data",
    "load_cifar10": "cifar10",
    "load_digits": "digits",
    "log_to_stdout": "logs",
    "make_optimizer": "keras",
    "trial_parameters": "params",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
