"""Trials in PyTorch: hardware parameters, batches, training and reports to NNI.

Import this package before PyTorch: it sets how PyTorch's threads wait.
"""

# First: the others import PyTorch.
from nni_hpo_ext.trial.torch import _threads  # noqa: F401
from nni_hpo_ext.trial.torch._data import Images, loaders
from nni_hpo_ext.trial.torch._evaluate import evaluate
from nni_hpo_ext.trial.torch._export import export_network
from nni_hpo_ext.trial.torch._hardware import TorchHardware, apply_torch_hardware
from nni_hpo_ext.trial.torch._networks import published_network
from nni_hpo_ext.trial.torch._optimizers import make_optimizer
from nni_hpo_ext.trial.torch._report import TorchReport
from nni_hpo_ext.trial.torch._train import start_trial, train
from nni_hpo_ext.trial.torch._weights import load_weights

__all__ = [
    "Images",
    "TorchHardware",
    "TorchReport",
    "apply_torch_hardware",
    "evaluate",
    "export_network",
    "load_weights",
    "loaders",
    "make_optimizer",
    "published_network",
    "start_trial",
    "train",
]
