"""Tuners and assessors of this package as samplers and pruners of Optuna; requires ``optuna``."""

from __future__ import annotations

from nni_hpo_ext.errors import MissingDependencyError

try:
    import optuna.samplers  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingDependencyError(
        "nni_hpo_ext.optuna requires Optuna: pip install optuna"
    ) from error

from nni_hpo_ext.optuna._pruner import AssessorPruner
from nni_hpo_ext.optuna._sampler import TunerSampler
from nni_hpo_ext.optuna._suggest import suggest

__all__ = ["AssessorPruner", "TunerSampler", "suggest"]
