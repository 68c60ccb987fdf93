"""The PyTorch side of a trial: hardware, batches, training, report to NNI."""

from nni_hpo_ext.trial.torch._data import Images, loaders
from nni_hpo_ext.trial.torch._hardware import TorchHardware, apply_torch_hardware
from nni_hpo_ext.trial.torch._report import TorchReport
from nni_hpo_ext.trial.torch._train import accuracy, make_optimizer, start_trial, train

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
