"""Models for images: what can be searched, and how each is built, trained and kept."""

from __future__ import annotations

from nni_hpo_ext.studio.models._catalogue import (
    FEATURES,
    MODELS,
    default_options,
    model_named,
    uses_network,
)
from nni_hpo_ext.studio.models._cluster import CODE_FOLDER
from nni_hpo_ext.studio.models._deep import build_network
from nni_hpo_ext.studio.models._deep_entries import AUGMENTATIONS
from nni_hpo_ext.studio.models._entry import ModelEntry
from nni_hpo_ext.studio.models._export import export_model, opened_model
from nni_hpo_ext.studio.models._features import FeatureTable
from nni_hpo_ext.studio.models._hardware import HARDWARE_OPTIONS
from nni_hpo_ext.studio.models._onnx import ONNX_FOLDER
from nni_hpo_ext.studio.models._pretrained import CHANNELS, SIDE, PretrainedNetwork
from nni_hpo_ext.studio.models._pretrained_torch import train_torch
from nni_hpo_ext.studio.models._scored import (
    TEST_FILE,
    Scored,
    fitted_temperature,
    read_scored,
    score_kept,
)
from nni_hpo_ext.studio.models._shallow import build_estimator
from nni_hpo_ext.studio.models._space import (
    SEARCHES,
    StudyPlan,
    search_space,
    study_config,
)
from nni_hpo_ext.studio.models._training_data import training_data

__all__ = [
    "AUGMENTATIONS",
    "CHANNELS",
    "CODE_FOLDER",
    "FEATURES",
    "HARDWARE_OPTIONS",
    "MODELS",
    "ONNX_FOLDER",
    "SEARCHES",
    "SIDE",
    "TEST_FILE",
    "FeatureTable",
    "ModelEntry",
    "PretrainedNetwork",
    "Scored",
    "StudyPlan",
    "build_estimator",
    "build_network",
    "default_options",
    "export_model",
    "fitted_temperature",
    "model_named",
    "opened_model",
    "read_scored",
    "score_kept",
    "search_space",
    "study_config",
    "train_torch",
    "training_data",
    "uses_network",
]
