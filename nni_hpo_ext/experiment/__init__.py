"""Run an NNI experiment to its true end, and read what came of it."""

from __future__ import annotations

from nni_hpo_ext.experiment._export import to_json, write_json
from nni_hpo_ext.experiment._join import read_trials
from nni_hpo_ext.experiment._journal import Journal, read_journal
from nni_hpo_ext.experiment._objectives import objectives
from nni_hpo_ext.experiment._records import End, TrialRecord
from nni_hpo_ext.experiment._rest import ManagerStatus, RestClient
from nni_hpo_ext.experiment._result import Result, Savings, read_result
from nni_hpo_ext.experiment._run import RunOptions, run
from nni_hpo_ext.experiment._show import show_result
from nni_hpo_ext.experiment._store import ExperimentStore, Metric

__all__ = [
    "End",
    "ExperimentStore",
    "Journal",
    "ManagerStatus",
    "Metric",
    "RestClient",
    "Result",
    "RunOptions",
    "Savings",
    "TrialRecord",
    "objectives",
    "read_journal",
    "read_result",
    "read_trials",
    "run",
    "show_result",
    "to_json",
    "write_json",
]
