"""Take over trials from other tools for hyperparameter optimisation."""

from __future__ import annotations

from nni_hpo_ext.migrate._experiment import ForeignTrial
from nni_hpo_ext.migrate._optuna import (
    OptunaTrials,
    final_report,
    import_optuna,
    read_optuna,
    study_objectives,
)
from nni_hpo_ext.migrate._space import space_of

__all__ = [
    "ForeignTrial",
    "OptunaTrials",
    "final_report",
    "import_optuna",
    "read_optuna",
    "space_of",
    "study_objectives",
]
