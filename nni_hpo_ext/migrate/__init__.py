"""Take over trials from other tools for hyperparameter optimisation."""

from __future__ import annotations

from nni_hpo_ext.migrate._experiment import ForeignTrial
from nni_hpo_ext.migrate._optuna import OptunaTrials, import_optuna, read_optuna
from nni_hpo_ext.migrate._space import space_of

__all__ = [
    "ForeignTrial",
    "OptunaTrials",
    "import_optuna",
    "read_optuna",
    "space_of",
]
