"""Trials in PyTorch: hardware parameters, batches, training and reports to NNI."""

from nni_hpo_ext.trial.torch._data import Images, loaders
from nni_hpo_ext.trial.torch._hardware import TorchHardware, apply_torch_hardware
from nni_hpo_ext.trial.torch._optimizers import make_optimizer
from nni_hpo_ext.trial.torch._report import TorchReport
from nni_hpo_ext.trial.torch._train import accuracy, start_trial, train

__all__ = [
    "Images",
    "TorchHardware",
    "TorchReport",
    "accuracy",
    "apply_torch_hardware",
    "loaders",
    "make_optimizer",
    "start_trial",
    "train",
]
