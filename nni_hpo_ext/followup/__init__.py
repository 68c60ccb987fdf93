"""The steps after an experiment: the config that goes on, and its best trials once more."""

from __future__ import annotations

from nni_hpo_ext.followup._config import NextConfig, WarmStart, next_config
from nni_hpo_ext.followup._retrain import retrain
from nni_hpo_ext.followup._runs import Rerun
from nni_hpo_ext.followup._show import retraining_table
from nni_hpo_ext.followup._verdict import Retrained, Retraining

__all__ = [
    "NextConfig",
    "Rerun",
    "Retrained",
    "Retraining",
    "WarmStart",
    "next_config",
    "retrain",
    "retraining_table",
]
