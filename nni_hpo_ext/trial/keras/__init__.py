"""Trials in Keras: build a network, train it, report to NNI and keep the best model."""

from nni_hpo_ext.trial.keras._backbone import backbone
from nni_hpo_ext.trial.keras._callbacks import FollowPolicy, SaveBest, ScoreValidation
from nni_hpo_ext.trial.keras._classifier import classifier
from nni_hpo_ext.trial.keras._compile import compile_model
from nni_hpo_ext.trial.keras._googlenet import googlenet
from nni_hpo_ext.trial.keras._images import run_image_trial
from nni_hpo_ext.trial.keras._optimizers import make_optimizer, regularisation
from nni_hpo_ext.trial.keras._report import ReportToNni
from nni_hpo_ext.trial.keras._train import COMMON_OPTIONS, start_trial, train
from nni_hpo_ext.trial.keras._weights import load_weights

__all__ = [
    "COMMON_OPTIONS",
    "FollowPolicy",
    "ReportToNni",
    "SaveBest",
    "ScoreValidation",
    "backbone",
    "classifier",
    "compile_model",
    "googlenet",
    "load_weights",
    "make_optimizer",
    "regularisation",
    "run_image_trial",
    "start_trial",
    "train",
]
