"""Write studies in the forms of other tools: Optuna, MLflow, Weights & Biases, TensorBoard."""

from __future__ import annotations

from nni_hpo_ext.export._mlflow import to_mlflow
from nni_hpo_ext.export._optuna import to_optuna
from nni_hpo_ext.export._tensorboard import to_tensorboard
from nni_hpo_ext.export._wandb import to_wandb

__all__ = ["to_mlflow", "to_optuna", "to_tensorboard", "to_wandb"]
